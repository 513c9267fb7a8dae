// Verdicts of the first two reviewers of each question that two have decided, with their number.
// Parameters: none
// Returns: kind, first, second, count
// Index: none; an intended full scan of the questions
MATCH (i:ReviewItem)
WHERE i.opinions > 1
WITH i, COLLECT {
  MATCH (d:ReviewDecision)-[:DECIDES]->(i) RETURN d.verdict ORDER BY d.time, d.key LIMIT 2
} AS verdicts
RETURN i.kind AS kind, verdicts[0] AS first, verdicts[1] AS second, count(*) AS count
ORDER BY kind, first, second
