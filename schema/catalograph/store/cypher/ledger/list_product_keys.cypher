// Parameters: after (key), limit
// Returns: key of each product, in order
// Index: product_key
MATCH (p:Product)
WHERE p.key > $after
RETURN p.key AS key ORDER BY p.key LIMIT $limit
