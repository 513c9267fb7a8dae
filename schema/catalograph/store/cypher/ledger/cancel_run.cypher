// Asks a run to stop at its next batch.
// Parameters: key
// Returns: nothing
// Index: run_key
MATCH (r:Run {key: $key})
SET r.cancel = true
