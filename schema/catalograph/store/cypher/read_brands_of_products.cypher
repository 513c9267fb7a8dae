// Parameters: keys (of products)
// Returns: product (key), brand
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})-[:HAS_BRAND]->(b:Brand)
WITH key, b ORDER BY b.key
RETURN key AS product, b {.key, .name} AS brand
