// Texts of listed products, with their asserted attributes, for extraction.
// Parameters: keys (list of product keys)
// Returns: key, title, description, categories (names, by key), known (relation and attribute, the
// latter null for a brand, of each asserted fact)
// Index: product_key, assertion_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
WHERE p.listed
RETURN p.key AS key, p.title AS title, p.description AS description,
       COLLECT { MATCH (p)-[:IN_CATEGORY]->(c:Category) RETURN c.name ORDER BY c.key } AS categories,
       COLLECT {
         MATCH (p)-[r:HAS_BRAND|HAS_VALUE]->(tail)
         WHERE r.extractor IS NOT NULL OR EXISTS {
           (:Assertion {key: 'assertion:' + p.key + '\t' + type(r) + '\t' + tail.key})
             -[:SUPPORTED_BY {origin: 'ASSERTED'}]->()
         }
         RETURN DISTINCT [type(r), tail.attribute]
       } AS known
