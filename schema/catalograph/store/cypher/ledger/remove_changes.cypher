// Parameters: keys
// Returns: nothing
// Index: change_key
UNWIND $keys AS key
MATCH (c:Change {key: key})
DELETE c
