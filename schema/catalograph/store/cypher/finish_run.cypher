// Parameters: key, finished, counts (JSON)
// Returns: nothing
// Index: run_key
MATCH (r:Run {key: $key})
SET r.finished = $finished, r.counts = $counts
