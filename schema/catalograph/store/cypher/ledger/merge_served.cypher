// Served lists, each with the model that ranked it. Merged, because a batch may be sent twice if
// the answer to its first commit is lost.
// Parameters: rows (key, properties, model (key or null); sorted by key)
// Returns: nothing
// Index: served_key, model_key
UNWIND $rows AS row
MERGE (s:Served {key: row.key})
SET s += row.properties
WITH s, row WHERE row.model IS NOT NULL
MATCH (m:Model {key: row.model})
MERGE (s)-[:SERVED_BY]->(m)
