// Brands, categories and values that nothing points to any more.
// Parameters: keys
// Returns: removed
// Index: the key of the label
UNWIND $keys AS key
MATCH (n:__LABEL__ {key: key})
WHERE NOT EXISTS { (n)<--() }
DETACH DELETE n
RETURN count(*) AS removed
