// New assertions, each with its edge and its first support, grouped by record.
// Parameters: rows (head, source, facts: list of key, tail, support)
// Returns: created
// Index: the key of the head, source_key, the key of the tail
UNWIND $rows AS row
MATCH (h:__HEAD__ {key: row.head})
MATCH (s:Source {key: row.source})
UNWIND row.facts AS fact
MATCH (t:__TAIL__ {key: fact.tail})
CREATE (h)-[:__RELATION__]->(t)
CREATE (a:Assertion {key: fact.key})
CREATE (a)-[r:SUPPORTED_BY]->(s)
SET r = fact.support
RETURN count(a) AS created
