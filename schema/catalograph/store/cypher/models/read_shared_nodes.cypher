// Brands, categories or values by key.
// Parameters: keys
// Returns: node (its properties) of those that exist
// Index: the key of the label
UNWIND $keys AS key
MATCH (n:__LABEL__ {key: key})
RETURN properties(n) AS node
