// Some records that a run changed, or withdrew, as they were before it.
// Parameters: run, withdrawn (which of the two), limit
// Returns: before (JSON)
// Index: change_run, source_key
MATCH (c:Change {run: $run})
WHERE EXISTS { MATCH (:Source {key: c.record}) } <> $withdrawn
WITH c LIMIT $limit
RETURN c.before AS before
