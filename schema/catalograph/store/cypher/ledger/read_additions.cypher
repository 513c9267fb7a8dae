// One batch of the records that a run wrote last. Called after the records that it changed are
// restored, so only added records are left.
// Parameters: run, limit
// Returns: key
// Index: source_run
MATCH (s:Source {run: $run})
WITH s LIMIT $limit
RETURN s.key AS key
