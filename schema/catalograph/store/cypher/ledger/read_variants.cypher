// Nodes that records spell differently.
// Parameters: keys
// Returns: node (its properties) of those that exist and are so
// Index: the key of the label
UNWIND $keys AS key
MATCH (n:__LABEL__ {key: key})
WHERE n.variants
RETURN properties(n) AS node
