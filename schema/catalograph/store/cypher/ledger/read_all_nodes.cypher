// Everything asserted, for the content hash.
// Parameters: none
// Returns: key, labels (sorted), properties
// Index: none; an intended full scan
MATCH (n)
WHERE NOT n:Run AND NOT n:Change AND NOT n:Offer AND NOT n:PastAssertion AND NOT n:Cluster AND NOT n:Model AND NOT n:Served AND NOT n:Request AND NOT n:OutboxEntry AND NOT n:GraphState
  AND NOT n:Content AND NOT n:ContentJudgement AND NOT n:Conversation AND NOT n:Turn
  AND NOT n:ReviewItem AND NOT n:ReviewDecision
UNWIND labels(n) AS label
WITH n, label ORDER BY label
WITH n, collect(label) AS labels
RETURN n.key AS key, labels, properties(n) AS properties
