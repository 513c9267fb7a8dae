// Parameters: key, status
// Returns: nothing
// Index: run_key
MATCH (r:Run {key: $key})
SET r.status = $status
