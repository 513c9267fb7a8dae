// Nodes that a record describes: the given properties replace the old ones, null removes.
// Parameters: rows (key, properties; sorted by key)
// Returns: nothing
// Index: the key of the label
UNWIND $rows AS row
MERGE (n:__LABEL__ {key: row.key})
SET n += row.properties
