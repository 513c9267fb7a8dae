// One page of the keys of records, in their order.
// Parameters: prefix, after (last key seen; '' for the first page), limit
// Returns: key
// Index: source_key
MATCH (s:Source)
WHERE s.key > $after AND s.key STARTS WITH $prefix
WITH s ORDER BY s.key LIMIT $limit
RETURN s.key AS key
