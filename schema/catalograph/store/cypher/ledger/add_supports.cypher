// Further supports of assertions that exist.
// Parameters: rows (key, source, support)
// Returns: created
// Index: assertion_key, source_key
UNWIND $rows AS row
MATCH (a:Assertion {key: row.key})
MATCH (s:Source {key: row.source})
CREATE (a)-[r:SUPPORTED_BY]->(s)
SET r = row.support
RETURN count(r) AS created
