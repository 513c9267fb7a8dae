// Waits until an index is online and has taken in all there is.
// Parameters: name, seconds
// Returns: nothing
// Index: the named one
CALL db.awaitIndex($name, $seconds)
