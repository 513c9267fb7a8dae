// Ends a run; an ended run keeps its status.
// Parameters: key, properties
// Returns: nothing
// Index: run_key
MATCH (r:Run {key: $key})
WHERE r.finished IS NULL
SET r += $properties
