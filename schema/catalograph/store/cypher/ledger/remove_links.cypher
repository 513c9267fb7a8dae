// Removes the edges that documents and orders have themselves.
// Parameters: keys (sorted)
// Returns: nothing
// Index: source_key
UNWIND $keys AS key
MATCH (:Source {key: key})-[r:ABOUT|PLACED]-()
DELETE r
