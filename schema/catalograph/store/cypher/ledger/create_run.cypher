// Parameters: key, properties
// Returns: nothing
// Index: run_key
MERGE (r:Run {key: $key})
SET r += $properties
