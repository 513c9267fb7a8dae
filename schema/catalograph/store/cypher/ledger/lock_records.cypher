// Takes the write lock of existing records: records of a feed, reviews or events.
// Parameters: keys (sorted)
// Returns: key, source, content_hash, run of those that exist
// Index: source_key
UNWIND $keys AS key
MATCH (s:Source {key: key})
SET s.key = key
RETURN s.key AS key, s.source AS source, s.content_hash AS content_hash, s.run AS run
