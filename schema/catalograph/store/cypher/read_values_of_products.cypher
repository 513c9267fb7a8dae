// Parameters: keys (of products)
// Returns: product (key), value
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})-[:HAS_VALUE]->(v:Value)
WITH key, v ORDER BY v.key
RETURN key AS product, v {.key, .attribute, .name, .number, .unit} AS value
