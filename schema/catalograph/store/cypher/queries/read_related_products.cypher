// Products similar to one product: those connected to it by the live preference model that share a
// category or the brand. A product without such edges gets its nearest ones by text vector.
// Parameters: key, first, pool (vectors to fetch, as some are not listed)
// Returns: no row for an unknown product, else one: model and text_model (each null when none is
//   live), products, items and facts as read_recommendations, nearest (product, similarity)
// Index: product_key, model_kind, the vector index of the live text model
MATCH (p:Product {key: $key})
OPTIONAL MATCH (live:Model {kind: 'preference', live: true})
WITH p, live AS m ORDER BY live.version DESC LIMIT 1
OPTIONAL MATCH (live:Model {kind: 'text', live: true})
WITH p, m, live AS t ORDER BY live.version DESC LIMIT 1
CALL (p, m) {
  WITH p, m, COLLECT { MATCH (p)-[:IN_CATEGORY|HAS_BRAND]->(kind) RETURN kind } AS kinds
  MATCH (p)-[w:CO_PREFERRED]->(i:Product)
  WHERE w.slot = m.slot AND i.listed AND i <> p AND w.weight > 0
    AND EXISTS { MATCH (i)-[:IN_CATEGORY|HAS_BRAND]->(kind) WHERE kind IN kinds }
  WITH i, w
  ORDER BY w.weight DESC, i.key
  LIMIT $first
  RETURN collect({
    node: i,
    product: i {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    edge: w,
    sources: [p],
    score: w.weight
  }) AS items
}
__SHARED_FACTS__
CALL (p, t, items) {
  WITH p, t, p['text_embedding_' + t.slot] AS vector
  WHERE size(items) = 0 AND vector IS NOT NULL
  CALL db.index.vector.queryNodes(t.index, $pool, vector) YIELD node, score
  WITH p, node, score WHERE node.listed AND node <> p
  ORDER BY score DESC, node.key
  LIMIT $first
  RETURN collect({
    product: node {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                   .url, .image_url, .released, .popularity},
    similarity: score
  }) AS nearest
}
RETURN m {.key, .kind, .version, .slot, .parts} AS model,
  t {.key, .kind, .version, .slot, parts: []} AS text_model,
  COUNT { (:Product) } AS products,
  [item IN items | {
    product: item.product,
    score: item.score,
    edges: [{key: p.key, title: p.title, weight: item.score, parts: item.edge.parts,
             shoppers: item.edge.shoppers, without: item.edge.without}],
    rest_weight: 0.0,
    rest_count: 0
  }] AS items,
  facts,
  nearest
