// Generated texts of a product that still hold, the best of each kind first.
// Parameters: product (key), kind, language (null for any)
// Returns: content (all properties), sources (keys of the records it rests on)
// Index: content_product
MATCH (c:Content {product: $product})
WHERE ($kind IS NULL OR c.kind = $kind) AND ($language IS NULL OR c.language = $language)
__CONTENT_HOLDS__
WITH c WHERE holds
RETURN c {.*} AS content,
  COLLECT { MATCH (c)-[:RESTS_ON]->(s:Source) RETURN s.key ORDER BY s.key } AS sources
ORDER BY c.kind, c.language, c.audience, c.tone, NOT c.best, c.variant
