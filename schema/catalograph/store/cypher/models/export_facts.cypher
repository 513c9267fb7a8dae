// Parameters: none
// Returns: head (key of a listed product), tails (keys, in no order)
// Index: none; a scan by intent
MATCH (p:Product)-[:__RELATION__]->(t)
WHERE p.listed
RETURN p.key AS head, collect(t.key) AS tails
