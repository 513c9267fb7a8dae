// Some of the records that a run wrote last; records that it changed are not asked for before they
// are restored.
// Parameters: run, limit
// Returns: key
// Index: source_run
MATCH (s:Source {run: $run})
WITH s LIMIT $limit
RETURN s.key AS key
