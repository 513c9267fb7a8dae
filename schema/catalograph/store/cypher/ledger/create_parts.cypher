// Parts of documents or orders.
// Parameters: rows (whole: key of the record, key, properties)
// Returns: created
// Index: the key of the label of the record
UNWIND $rows AS row
MATCH (whole:__HEAD__ {key: row.whole})
CREATE (part:__TAIL__ {key: row.key})
SET part += row.properties
CREATE (whole)-[:__RELATION__]->(part)
RETURN count(*) AS created
