// The same support, read elsewhere or by another version.
// Parameters: rows (key, source, extractor, support)
// Returns: created (supports that now say so)
// Index: assertion_key
UNWIND $rows AS row
MATCH (a:Assertion {key: row.key})-[r:SUPPORTED_BY {extractor: row.extractor}]->(s:Source {key: row.source})
SET r = row.support
RETURN count(r) AS created
