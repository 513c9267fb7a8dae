// Parameters: since
// Returns: key of each product that changed since then, in no order
// Index: product_changed
MATCH (p:Product)
WHERE p.changed >= $since
RETURN p.key AS key
