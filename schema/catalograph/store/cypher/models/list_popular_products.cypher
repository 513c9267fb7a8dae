// The products with the most interactions, for shoppers without a history (cold start); equal ones by
// popularity, then by the live PageRank if there is one. Shoppers who are not in the graph count as
// one interaction each.
// Parameters: first, elsewhere (number of such shoppers by key of a product)
// Returns: key of each, the most popular first, and elsewhere (the number of such shoppers)
// Index: product_key's label scan, model_kind
OPTIONAL MATCH (rank:Model {kind: 'pagerank', live: true})
WITH rank ORDER BY rank.version DESC LIMIT 1
MATCH (p:Product)
WHERE p.listed
WITH rank, p, coalesce($elsewhere[p.key], 0) AS elsewhere
WITH rank, p, elsewhere,
  COUNT { (p)<-[:ON]-() } + COUNT { (p)<-[:REVIEWS]-() } + elsewhere AS interactions
ORDER BY interactions DESC, p.popularity IS NULL, p.popularity DESC,
  coalesce(p[rank.property], 0.0) DESC, p.key
LIMIT $first
RETURN p.key AS key, elsewhere
