// Removes brands, categories, values and attributes that nothing points to any more. The key is set
// to lock the node before it is read.
// Parameters: keys (sorted)
// Returns: removed
// Index: the key of the label
UNWIND $keys AS key
MATCH (n:__LABEL__ {key: key})
WHERE NOT EXISTS { (n)<--() }
SET n.key = key
WITH n
WHERE NOT EXISTS { (n)<--() }
DETACH DELETE n
RETURN count(*) AS removed
