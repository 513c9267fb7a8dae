// Parameters: keys (of decisions, sorted)
// Returns: removed
// Index: reviewdecision_key
UNWIND $keys AS key
MATCH (d:ReviewDecision {key: key})
DETACH DELETE d
RETURN count(*) AS removed
