// Parameters: keys (of products)
// Returns: key, title, description, brands (key and name, by name) of each of them that is listed
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
WHERE p.listed
RETURN p.key AS key, p.title AS title, p.description AS description,
       COLLECT { MATCH (p)-[:HAS_BRAND]->(b:Brand) RETURN b {.key, .name} ORDER BY b.name } AS brands
