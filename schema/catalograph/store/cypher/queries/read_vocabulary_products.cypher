// A sample of listed products with their facts, which shows what a word in a title means. Keys end in
// the id, so their reverse order mixes the catalogue, and is the same in each process.
// A title in another language is a row of its own.
// Parameters: limit (of products)
// Returns: key, title, price, currency, facts (keys of its brands, categories and values)
// Index: none
MATCH (p:Product)
WHERE p.listed AND p.title IS NOT NULL
WITH p ORDER BY reverse(p.key) LIMIT $limit
WITH p, COLLECT { MATCH (p)-[:HAS_BRAND|IN_CATEGORY|HAS_VALUE]->(n) RETURN n.key } AS facts
UNWIND [p.title] + [t IN coalesce(p.title_translations, []) WHERE t <> p.title] AS title
RETURN p.key AS key, title, p.price AS price, p.currency AS currency, facts
