// Parameters: keys (list of source keys)
// Returns: source, assertion, extractor, support (the properties of SUPPORTED_BY) of each support
// Index: source_key
UNWIND $keys AS key
MATCH (s:Source {key: key})<-[r:SUPPORTED_BY]-(a:Assertion)
RETURN key AS source, a.key AS assertion, r.extractor AS extractor, properties(r) AS support
