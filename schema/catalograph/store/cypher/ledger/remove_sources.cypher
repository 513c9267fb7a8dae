// Removes records, with the nodes and edges that belong only to them.
// Parameters: keys (sorted)
// Returns: nothing
// Index: source_key
UNWIND $keys AS key
MATCH (s:Source {key: key})
DETACH DELETE s
