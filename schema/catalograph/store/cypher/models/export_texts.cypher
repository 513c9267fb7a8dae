// Parameters: none
// Returns: key, title, description, brands (key and name, by name) of each listed product
// Index: none; an intended full scan
MATCH (p:Product)
WHERE p.listed
RETURN p.key AS key, p.title AS title, p.description AS description,
       COLLECT { MATCH (p)-[:HAS_BRAND]->(b:Brand) RETURN b {.key, .name} ORDER BY b.name } AS brands
