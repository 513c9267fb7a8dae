// New assertions of imputed facts that are hidden: without an edge, each with its first support.
// Parameters: rows (key, source, support)
// Returns: created
// Index: source_key
UNWIND $rows AS row
MATCH (s:Source {key: row.source})
CREATE (a:Assertion {key: row.key})-[r:SUPPORTED_BY]->(s)
SET r = row.support
RETURN count(a) AS created
