// Removes assertions without support, each with its edge; an imputed one may have none.
// Parameters: rows (key, head, tail)
// Returns: removed
// Index: assertion_key, the keys of both labels
UNWIND $rows AS row
MATCH (a:Assertion {key: row.key})
OPTIONAL MATCH (h:__HEAD__ {key: row.head})-[e:__RELATION__]->(t:__TAIL__ {key: row.tail})
DELETE e
DETACH DELETE a
RETURN count(*) AS removed
