// The products with the most interactions, for shoppers without a history (cold start); equal ones by
// popularity, then by the live PageRank if there is one.
// Parameters: first
// Returns: key of each, the most popular first
// Index: product_key's label scan, model_kind
OPTIONAL MATCH (rank:Model {kind: 'pagerank', live: true})
WITH rank ORDER BY rank.version DESC LIMIT 1
MATCH (p:Product)
WHERE p.listed
WITH rank, p, COUNT { (p)<-[:ON]-() } + COUNT { (p)<-[:REVIEWS]-() } AS interactions
ORDER BY interactions DESC, p.popularity IS NULL, p.popularity DESC,
  coalesce(p[rank.property], 0.0) DESC, p.key
LIMIT $first
RETURN p.key AS key
