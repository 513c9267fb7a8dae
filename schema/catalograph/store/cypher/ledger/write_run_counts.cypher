// Parameters: key, counts (JSON)
// Returns: nothing
// Index: run_key
MATCH (r:Run {key: $key})
SET r.counts = $counts
