// Edges that follow from keys alone, and those of records that are their own source.
// Parameters: rows (head, tail)
// Returns: nothing
// Index: the keys of both labels
UNWIND $rows AS row
MATCH (h:__HEAD__ {key: row.head})
MATCH (t:__TAIL__ {key: row.tail})
MERGE (h)-[:__RELATION__]->(t)
