// Changed reviews or events: replaces their properties and removes their edges.
// Parameters: rows (key, properties; sorted by key)
// Returns: nothing
// Index: the key of the label
UNWIND $rows AS row
MATCH (n:__LABEL__ {key: row.key})
SET n = row.properties, n.key = row.key
WITH n
OPTIONAL MATCH (n)-[r:WROTE|REVIEWS|PERFORMED|ON|RESPONDS_TO|MENTIONS]-()
DELETE r
