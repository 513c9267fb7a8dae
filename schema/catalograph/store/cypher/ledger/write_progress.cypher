// Writes the progress of a run.
// Parameters: key, progress (JSON)
// Returns: nothing
// Index: run_key
MATCH (r:Run {key: $key})
SET r.progress = $progress
