// Parameters: since
// Returns: key of each product of which something else was said since then, in no order
// Index: product_changed
MATCH (p:Product)
WHERE p.changed >= $since
RETURN p.key AS key
