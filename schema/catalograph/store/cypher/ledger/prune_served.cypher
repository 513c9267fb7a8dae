// Removes served lists from before a time, searches among them.
// Parameters: before, limit
// Returns: removed
// Index: none; an intended scan of the served lists, once an hour
MATCH (s:Served)
WHERE s.time < $before
WITH s LIMIT $limit
DETACH DELETE s
RETURN count(*) AS removed
