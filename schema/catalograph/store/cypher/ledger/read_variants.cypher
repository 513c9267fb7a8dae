// Nodes for which records use several surface forms.
// Parameters: keys
// Returns: node (its properties) of those that exist and have several forms
// Index: the key of the label
UNWIND $keys AS key
MATCH (n:__LABEL__ {key: key})
WHERE n.variants
RETURN properties(n) AS node
