// Marks old runs as ones that cannot be rolled back any more.
// Parameters: before
// Returns: nothing
// Index: none; there are few runs
MATCH (r:Run)
WHERE r.started < $before
SET r.pruned = true
