// Drops one batch of the changes that old runs kept.
// Parameters: before
// Returns: n (number dropped; 0 when none is left)
// Index: change_run
MATCH (r:Run)
WHERE r.started < $before
MATCH (c:Change {run: substring(r.key, 4)})
WITH c LIMIT 1000
DELETE c
RETURN count(*) AS n
