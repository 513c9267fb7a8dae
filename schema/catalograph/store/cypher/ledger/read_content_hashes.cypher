// Parameters: keys (list of source, review or event keys)
// Returns: key, content_hash of those that exist
// Index: source_key
UNWIND $keys AS key
MATCH (s:Source {key: key})
RETURN s.key AS key, s.content_hash AS content_hash
