// Products with a known brand or known values, as examples for extraction from texts.
// Parameters: limit
// Returns: title, category (null if none), brands, values (attribute and name)
// Index: product_key, in order
MATCH (p:Product)
WHERE p.key >= 'product:' AND p.listed AND EXISTS { (p)-[:HAS_BRAND|HAS_VALUE]->() }
WITH p ORDER BY p.key LIMIT $limit
RETURN p.title AS title,
       head(COLLECT { MATCH (p)-[:IN_CATEGORY]->(c:Category) RETURN c.name ORDER BY c.key }) AS category,
       COLLECT { MATCH (p)-[:HAS_BRAND]->(b:Brand) RETURN b.name ORDER BY b.key } AS brands,
       COLLECT { MATCH (p)-[:HAS_VALUE]->(v:Value) RETURN [v.attribute, v.name] ORDER BY v.key } AS values
