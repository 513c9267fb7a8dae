// Complementary products: those that the live preference model chose for the product. One that fits
// has a further part "fit" of 1, one chosen beside products of the category a part "beside", the
// share of their shoppers who did. A product for which none were chosen, such as a new one, gets
// those of its leaf category, or else those that the model connects to it by shopper behaviour,
// outside its leaf category. As some catalogues
// put a product into both a broad and a narrow category, its leaf is the one of its categories with
// the fewest products.
// Parameters: key, first, behaviour (names of the parts of shopper behaviour)
// Returns: no row for an unknown product, else one: model (null when none is live; its parts end
//   with "fit" and "beside"), products, items and facts as read_recommendations, the fact of what fits having the
//   relation "fit", that of a category "beside"; the score is the sum of the behaviour parts and of
//   these two
// Index: product_key, model_kind, category_key
MATCH (p:Product {key: $key})
OPTIONAL MATCH (live:Model {kind: 'preference', live: true})
WITH p, live AS m ORDER BY live.version DESC LIMIT 1
CALL (p) {
  OPTIONAL MATCH (p)-[:IN_CATEGORY]->(c:Category)
  WITH c ORDER BY COUNT { (c)<-[:IN_CATEGORY]-() }, c.key
  LIMIT 1
  RETURN c AS leaf
}
WITH *, [n IN range(0, coalesce(size(m.parts), 0) - 1) WHERE m.parts[n] IN $behaviour] AS places
CALL (p, m, places) {
  MATCH (p)-[c:COMPLEMENTED_BY]->(i:Product)
  WHERE c.slot = m.slot AND i.listed
  OPTIONAL MATCH (p)-[w:CO_PREFERRED]->(i)
  WHERE w.slot = m.slot
  WITH p, m, places, c, i, w
  ORDER BY c.place
  LIMIT $first
  WITH p, c, i, w, places,
    coalesce(w.parts, [n IN range(1, size(m.parts)) | 0.0])
      + [CASE WHEN c.fits IS NULL THEN 0.0 ELSE 1.0 END, coalesce(c.share, 0.0)] AS parts
  RETURN collect({
    node: i,
    product: i {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    sources: [p],
    parts: parts,
    shoppers: w.shoppers,
    without: w.without,
    fits: c.fits,
    beside: c.beside,
    score: reduce(sum = parts[-1] + parts[-2], n IN places | sum + parts[n])
  }) AS chosen
}
CALL (p, m, leaf, chosen) {
  WITH p, m, leaf
  WHERE size(chosen) = 0
  MATCH (leaf)<-[:IN_CATEGORY]-(:Product)-[c:COMPLEMENTED_BY]->(i:Product)
  WHERE c.slot = m.slot AND c.beside = leaf.key AND i.listed AND i <> p
  WITH p, m, leaf, i, max(c.share) AS share, count(*) AS times
  ORDER BY times DESC, share DESC, i.key
  LIMIT $first
  WITH *
  ORDER BY share DESC, i.key
  RETURN collect({
    node: i,
    product: i {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    sources: [p],
    parts: [n IN range(1, size(m.parts)) | 0.0] + [0.0, share],
    shoppers: null,
    without: null,
    fits: null,
    beside: leaf.key,
    score: share
  }) AS usual
}
CALL (p, m, leaf, places, chosen, usual) {
  WITH p, m, leaf, places
  WHERE size(chosen) = 0 AND size(usual) = 0
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
    sources: [p],
    parts: w.parts + [0.0, 0.0],
    shoppers: w.shoppers,
    without: w.without,
    fits: null,
    beside: null,
    score: score
  }) AS connected
}
WITH *, chosen + usual + connected AS items
__SHARED_FACTS__
CALL (p, items) {
  UNWIND items AS item
  MATCH (named:Value|Product {key: item.fits})
  RETURN collect({
    relation: 'fit',
    key: named.key,
    name: coalesce(named.name, named.title, named.id),
    degree: 0,
    products: [p.key, item.node.key],
    strengths: null
  }) AS fitting
}
CALL (p, items) {
  UNWIND items AS item
  MATCH (named:Category {key: item.beside})
  RETURN collect({
    relation: 'beside',
    key: named.key,
    name: coalesce(named.name, named.key),
    degree: 0,
    products: [p.key, item.node.key],
    strengths: null
  }) AS besides
}
RETURN m {.key, .kind, .version, .slot, parts: m.parts + ['fit', 'beside']} AS model,
  COUNT { (:Product) } AS products,
  [item IN items | {
    product: item.product,
    score: item.score,
    edges: [{key: p.key, title: p.title, weight: item.score, parts: item.parts,
             shoppers: item.shoppers, without: item.without}],
    rest_weight: 0.0,
    rest_count: 0
  }] AS items,
  facts + fitting + besides AS facts
