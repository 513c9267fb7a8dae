// Removes supports and returns the assertions that no record states any more.
// Parameters: rows (key, source, extractor)
// Returns: key, imputed (whether imputation still supports it) of each
// Index: assertion_key
UNWIND $rows AS row
MATCH (a:Assertion {key: row.key})-[r:SUPPORTED_BY {extractor: row.extractor}]->(:Source {key: row.source})
DELETE r
WITH DISTINCT a
WHERE NOT EXISTS { (a)-[s:SUPPORTED_BY]->() WHERE s.origin <> 'IMPUTED' }
RETURN a.key AS key, EXISTS { (a)-[:SUPPORTED_BY]->() } AS imputed
