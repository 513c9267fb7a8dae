// What extractors read of these assertions, with the texts that they read it in.
// Parameters: rows (assertion, product)
// Returns: assertion, product, support (properties of the first support by an extractor with a
//   span), title, description, category (name of the first one by key)
// Index: assertion_key, product_key
UNWIND $rows AS row
MATCH (:Assertion {key: row.assertion})-[r:SUPPORTED_BY {origin: 'EXTRACTED'}]->(s:Source)
WHERE r.start IS NOT NULL
WITH row, r ORDER BY s.key, r.extractor
WITH row, head(collect(r)) AS first
MATCH (p:Product {key: row.product})
RETURN row.assertion AS assertion, p.key AS product, properties(first) AS support,
       p.title AS title, p.description AS description,
       head(COLLECT { MATCH (p)-[:IN_CATEGORY]->(c:Category) RETURN c.name ORDER BY c.key }) AS category
