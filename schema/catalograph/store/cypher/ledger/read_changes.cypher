// One batch of the changes of a run, in order of the records' keys.
// Parameters: run, limit
// Returns: key, before (JSON)
// Index: change_run
MATCH (c:Change {run: $run})
WITH c ORDER BY c.record LIMIT $limit
RETURN c.key AS key, c.before AS before
