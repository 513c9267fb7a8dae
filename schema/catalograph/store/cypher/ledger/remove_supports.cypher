// Removes supports and returns the assertions left without any.
// Parameters: rows (key, source, extractor)
// Returns: key of each assertion without support, writer (run that wrote the last one of its
//   supports that are no model's guess; null if there was none)
// Index: assertion_key
UNWIND $rows AS row
MATCH (a:Assertion {key: row.key})-[r:SUPPORTED_BY {extractor: row.extractor}]->(:Source {key: row.source})
WITH a, r, CASE WHEN r.origin <> 'IMPUTED' THEN r.run END AS writer
DELETE r
WITH a, max(writer) AS writer
WHERE NOT EXISTS { (a)-[:SUPPORTED_BY]->() }
RETURN a.key AS key, writer
