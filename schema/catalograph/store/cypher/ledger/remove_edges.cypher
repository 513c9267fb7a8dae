// Removes edges whose assertions remain, because only hidden imputation supports them.
// Parameters: rows (head, tail)
// Returns: removed
// Index: the keys of both labels
UNWIND $rows AS row
MATCH (h:__HEAD__ {key: row.head})-[e:__RELATION__]->(t:__TAIL__ {key: row.tail})
DELETE e
RETURN count(*) AS removed
