// Parameters: keys (list of assertion keys)
// Returns: key of those that exist, imputed (whether only imputation supports it)
// Index: assertion_key
UNWIND $keys AS key
MATCH (a:Assertion {key: key})
RETURN a.key AS key, NOT EXISTS {
  (a)-[r:SUPPORTED_BY]->() WHERE r.origin <> 'IMPUTED'
} AS imputed
