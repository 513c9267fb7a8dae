// Parameters: key, properties
// Returns: nothing
// Index: run_key
CREATE (r:Run {key: $key})
SET r += $properties
