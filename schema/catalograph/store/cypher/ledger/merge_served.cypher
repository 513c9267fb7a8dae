// Served lists, each with the models that ranked it. Merged, because a batch may be sent twice if
// the answer to its first commit is lost.
// Parameters: rows (key, properties, models (keys); sorted by key)
// Returns: nothing
// Index: served_key, model_key
UNWIND $rows AS row
MERGE (s:Served {key: row.key})
SET s += row.properties
WITH s, row
UNWIND row.models AS key
MATCH (m:Model {key: key})
MERGE (s)-[:SERVED_BY]->(m)
