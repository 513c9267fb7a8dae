// Records, with what hangs on them alone.
// Parameters: keys (sorted)
// Returns: nothing
// Index: source_key
UNWIND $keys AS key
MATCH (s:Source {key: key})
DETACH DELETE s
