// Parameters: none
// Returns: head (key of a listed product), tails (keys, in no order)
// Index: none; an intended full scan
MATCH (p:Product)-[:__RELATION__]->(t)
WHERE p.listed
RETURN p.key AS head, collect(t.key) AS tails
