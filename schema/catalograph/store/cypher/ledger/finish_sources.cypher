// Parameters: rows (key, content_hash, run)
// Returns: nothing
// Index: source_key
UNWIND $rows AS row
MATCH (s:Source {key: row.key})
SET s.content_hash = row.content_hash, s.run = row.run
