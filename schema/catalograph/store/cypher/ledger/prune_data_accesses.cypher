// Removes notes of reads from before a time.
// Parameters: before, limit
// Returns: removed
// Index: dataaccess_time
MATCH (a:DataAccess)
WHERE a.time < $before
WITH a LIMIT $limit
DELETE a
RETURN count(*) AS removed
