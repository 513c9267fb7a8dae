// One page of the ids of a catalogue's products, as one list, which arrives faster than rows.
// Parameters: prefix (of the keys), after (last key seen; the prefix for the first page), before (key
//   after those of the catalogue), limit
// Returns: ids of listed products, in order of their keys
// Index: product_key
MATCH (p:Product)
WHERE p.key > $after AND p.key < $before AND p.listed
WITH p.key AS key ORDER BY key LIMIT $limit
RETURN collect(substring(key, size($prefix))) AS ids
