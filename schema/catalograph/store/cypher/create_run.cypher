// Parameters: key, kind, started
// Returns: nothing
// Index: run_key
CREATE (r:Run {key: $key, kind: $kind, started: $started})
