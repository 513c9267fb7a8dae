// Parameters: keys (list of assertion keys)
// Returns: key of those that exist
// Index: assertion_key
UNWIND $keys AS key
MATCH (a:Assertion {key: key})
RETURN a.key AS key
