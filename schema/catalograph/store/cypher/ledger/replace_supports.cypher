// Replaces the properties of existing supports, such as the span or the extractor's version.
// Parameters: rows (key, source, extractor, support)
// Returns: created (number of supports replaced)
// Index: assertion_key
UNWIND $rows AS row
MATCH (a:Assertion {key: row.key})-[r:SUPPORTED_BY {extractor: row.extractor}]->(s:Source {key: row.source})
SET r = row.support
RETURN count(r) AS created
