// Marks old runs as pruned, so that they cannot be rolled back.
// Parameters: before
// Returns: nothing
// Index: none; there are few runs
MATCH (r:Run)
WHERE r.started < $before
SET r.pruned = true
