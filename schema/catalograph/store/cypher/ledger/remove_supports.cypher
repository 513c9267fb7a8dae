// Removes supports and returns the assertions left without any.
// Parameters: rows (key, source, extractor)
// Returns: key of each assertion without support
// Index: assertion_key
UNWIND $rows AS row
MATCH (a:Assertion {key: row.key})-[r:SUPPORTED_BY {extractor: row.extractor}]->(:Source {key: row.source})
DELETE r
WITH DISTINCT a
WHERE NOT EXISTS { (a)-[:SUPPORTED_BY]->() }
RETURN a.key AS key
