// Assertions that only imputation supports.
// Parameters: prefix (of the keys of the records that completion writes)
// Returns: key and confidence of each
// Index: source_key
MATCH (s:Source)
WHERE s.key STARTS WITH $prefix
MATCH (s)<-[own:SUPPORTED_BY]-(a:Assertion)
WHERE NOT EXISTS { (a)-[r:SUPPORTED_BY]->() WHERE r.origin <> 'IMPUTED' }
RETURN a.key AS key, coalesce(max(own.confidence), 0.0) AS confidence
