// The products with the most interactions, for shoppers without a history (cold start).
// Parameters: first
// Returns: key of each, the most popular first
// Index: product_key's label scan
MATCH (p:Product)
WHERE p.listed
WITH p, COUNT { (p)<-[:ON]-() } + COUNT { (p)<-[:REVIEWS]-() } AS interactions
ORDER BY interactions DESC, p.popularity IS NULL, p.popularity DESC, p.key
LIMIT $first
RETURN p.key AS key
