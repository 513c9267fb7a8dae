// Takes the write lock of each source first, which serialises two writers of one record.
// Parameters: rows (key, source; sorted by key)
// Returns: key, content_hash and run before (null when new)
// Index: source_key
UNWIND $rows AS row
MERGE (s:Source {key: row.key})
SET s.source = row.source
RETURN s.key AS key, s.content_hash AS content_hash, s.run AS run
