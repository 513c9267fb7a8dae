// Removes supports and returns the assertions that no record states any more.
// Parameters: rows (key, source, extractor)
// Returns: key of each, writer (run that wrote the last one of its removed supports that are no
//   model's guess; null if there was none), imputed (whether imputation still supports it)
// Index: assertion_key
UNWIND $rows AS row
MATCH (a:Assertion {key: row.key})-[r:SUPPORTED_BY {extractor: row.extractor}]->(:Source {key: row.source})
WITH a, r, CASE WHEN r.origin <> 'IMPUTED' THEN r.run END AS writer
DELETE r
WITH a, max(writer) AS writer
WHERE NOT EXISTS { (a)-[s:SUPPORTED_BY]->() WHERE s.origin <> 'IMPUTED' }
RETURN a.key AS key, writer, EXISTS { (a)-[:SUPPORTED_BY]->() } AS imputed
