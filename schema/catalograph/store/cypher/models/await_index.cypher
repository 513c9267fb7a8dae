// Waits until an index is online and fully populated.
// Parameters: name, seconds
// Returns: nothing
// Index: the named one
CALL db.awaitIndex($name, $seconds)
