// Ids of the products of one catalogue, in no order.
// Parameters: after, before (keys that enclose those of the catalogue; the first ends where the id
//   begins)
// Returns: id of each listed product
// Index: product_key
MATCH (p:Product)
WHERE p.key > $after AND p.key < $before AND p.listed
RETURN substring(p.key, size($after)) AS id
