// Assertions that only imputation supports.
// Parameters: prefix (of the keys of the records that completion writes)
// Returns: key of each
// Index: source_key
MATCH (s:Source)
WHERE s.key STARTS WITH $prefix
MATCH (s)<-[:SUPPORTED_BY]-(a:Assertion)
WHERE NOT EXISTS { (a)-[r:SUPPORTED_BY]->() WHERE r.origin <> 'IMPUTED' }
RETURN DISTINCT a.key AS key
