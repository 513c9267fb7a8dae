// Changed documents or orders: replaces their properties.
// Parameters: rows (key, properties; sorted by key)
// Returns: nothing
// Index: the key of the label
UNWIND $rows AS row
MATCH (n:__LABEL__ {key: row.key})
SET n = row.properties, n.key = row.key
