// Edges of new records, which cannot exist yet.
// Parameters: rows (head, tail)
// Returns: created
// Index: the keys of both labels
UNWIND $rows AS row
MATCH (h:__HEAD__ {key: row.head})
MATCH (t:__TAIL__ {key: row.tail})
CREATE (h)-[:__RELATION__]->(t)
RETURN count(*) AS created
