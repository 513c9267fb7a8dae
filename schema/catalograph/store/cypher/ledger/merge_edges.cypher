// Edges derived from keys alone, and edges of records that are their own source.
// Parameters: rows (head, tail)
// Returns: created (number of edges that exist now, new or not)
// Index: the keys of both labels
UNWIND $rows AS row
MATCH (h:__HEAD__ {key: row.head})
MATCH (t:__TAIL__ {key: row.tail})
MERGE (h)-[:__RELATION__]->(t)
RETURN count(*) AS created
