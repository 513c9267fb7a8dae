// Takes the write lock of products, which serialises two writers of decisions about one product.
// Parameters: keys (sorted)
// Returns: key of those that exist
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
SET p.key = key
RETURN p.key AS key
