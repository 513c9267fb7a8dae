// Parameters: rows (key, properties)
// Returns: nothing
// Index: the key of the label
UNWIND $rows AS row
MATCH (n:__LABEL__ {key: row.key})
SET n += row.properties
