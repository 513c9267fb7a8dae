// Complementary products: those the live preference model connects to one product by shopper
// behaviour, outside its leaf category. As some catalogues put a product into both a broad and a
// narrow category, its leaf is the one of its categories with the fewest products.
// Parameters: key, first, behaviour (names of the parts of shopper behaviour)
// Returns: no row for an unknown product, else one: model (null when none is live), products,
//   items and facts as read_recommendations; the score is the sum of the behaviour parts
// Index: product_key, model_kind
MATCH (p:Product {key: $key})
OPTIONAL MATCH (live:Model {kind: 'preference', live: true})
WITH p, live AS m ORDER BY live.version DESC LIMIT 1
CALL (p) {
  OPTIONAL MATCH (p)-[:IN_CATEGORY]->(c:Category)
  WITH c ORDER BY COUNT { (c)<-[:IN_CATEGORY]-() }, c.key
  LIMIT 1
  RETURN c AS leaf
}
CALL (p, m, leaf) {
  WITH p, m, leaf, [n IN range(0, size(m.parts) - 1) WHERE m.parts[n] IN $behaviour] AS places
  MATCH (p)-[w:CO_PREFERRED]->(i:Product)
  WHERE w.slot = m.slot AND i.listed AND i <> p
    AND leaf IS NOT NULL
    AND EXISTS { (i)-[:IN_CATEGORY]->() }
    AND NOT EXISTS { (i)-[:IN_CATEGORY]->(leaf) }
  WITH i, w, reduce(sum = 0.0, n IN places | sum + w.parts[n]) AS score
  WHERE score > 0
  ORDER BY score DESC, i.key
  LIMIT $first
  RETURN collect({
    node: i,
    product: i {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    edges: [{edge: w}],
    score: score
  }) AS items
}
__SHARED_FACTS__
RETURN m {.key, .kind, .version, .slot, .parts} AS model,
  COUNT { (:Product) } AS products,
  [item IN items | {
    product: item.product,
    score: item.score,
    edges: [{key: p.key, title: p.title, weight: item.score, parts: item.edges[0].edge.parts,
             shoppers: item.edges[0].edge.shoppers, without: item.edges[0].edge.without}],
    rest_weight: 0.0,
    rest_count: 0
  }] AS items,
  facts
