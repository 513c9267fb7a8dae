// The listed products of a catalogue with their groups, as one list, which arrives faster than rows.
// Parameters: after (last key seen; the beginning of the keys for the first page), before (key after
//   those of the catalogue), limit
// Returns: products (key, and group or null) in order of their keys
// Index: product_key
MATCH (p:Product)
WHERE p.key > $after AND p.key < $before AND p.listed
WITH p, p.key AS key ORDER BY key LIMIT $limit
RETURN collect([key, p.group]) AS products
