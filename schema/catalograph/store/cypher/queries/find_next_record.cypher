// The first record of a feed between two keys, to step from source to source.
// Parameters: after, before (keys, both excluded)
// Returns: key; no row if there is none
// Index: source_key
MATCH (s:Source)
WHERE s.key > $after AND s.key < $before
RETURN s.key AS key ORDER BY key LIMIT 1
