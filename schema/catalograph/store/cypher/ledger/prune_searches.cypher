// Removes served lists of searches from before a time, with their search words.
// Parameters: before, limit
// Returns: removed
// Index: none; an intended scan of the served lists, once an hour
MATCH (s:Served)
WHERE s.query IS NOT NULL AND s.time < $before
WITH s LIMIT $limit
DETACH DELETE s
RETURN count(*) AS removed
