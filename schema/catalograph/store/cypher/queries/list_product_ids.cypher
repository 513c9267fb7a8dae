// One page of the ids of a catalogue's products, as one list, which arrives faster than rows.
// Parameters: prefix (of the keys), after (last key seen; the prefix for the first page), before (key
//   after those of the catalogue), limit
// Returns: products (id, and a list of its GTINs and group) of the listed ones, in order of their
//   keys
// Index: product_key
MATCH (p:Product)
WHERE p.key > $after AND p.key < $before AND p.listed
WITH p, p.key AS key ORDER BY key LIMIT $limit
RETURN collect([
  substring(key, size($prefix)),
  coalesce(p.gtins, []) + CASE WHEN p.group IS NULL THEN [] ELSE [p.group] END
]) AS products
