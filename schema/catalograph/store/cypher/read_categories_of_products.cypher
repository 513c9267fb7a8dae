// Parameters: keys (of products)
// Returns: product (key), category
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})-[:IN_CATEGORY]->(c:Category)
WITH key, c ORDER BY c.key
RETURN key AS product, c {.key, .name, .path} AS category
