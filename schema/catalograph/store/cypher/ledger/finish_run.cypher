// Ends a run; one that has ended keeps how it did.
// Parameters: key, properties
// Returns: nothing
// Index: run_key
MATCH (r:Run {key: $key})
WHERE r.finished IS NULL
SET r += $properties
