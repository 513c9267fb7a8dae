// New reviews or events. As records they are their own sources, hence the second label.
// Parameters: rows (key, properties; sorted by key)
// Returns: nothing
// Index: none needed; uniqueness of key is kept by the constraints
UNWIND $rows AS row
CREATE (n:__LABEL__:Source {key: row.key})
SET n += row.properties
