// Number of decisions by reviewer.
// Parameters: limit
// Returns: name, count
// Index: none; an intended full scan of the decisions
MATCH (d:ReviewDecision)
RETURN d.reviewer AS name, count(*) AS count
ORDER BY count DESC, name LIMIT $limit
