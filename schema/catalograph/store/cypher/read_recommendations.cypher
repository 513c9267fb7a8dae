// What to show one shopper, with all that its reasons are made of. The live model is looked up in
// the same statement, so that no list mixes two versions. A shopper whose history leads nowhere
// gets the most popular products.
// A product that others name as also bought and the like counts as such a tail of its own, as it
// does for the model, so that two products are also joined by one naming the other.
// Parameters: user (key or null), first, detail (strongest edges to tell for each item), liked (least
//   stars of a review that counts)
// Returns: one row: model (null when none is live), products and users (numbers in the graph),
//   items (product, score, edges (key, title, weight, parts), rest_weight, rest_count),
//   facts (relation, key, name, degree, products) that an item shares with a product of its edges,
//   popular (product, shoppers)
// Index: model_kind, user_key; product_key's label scan for popular only
OPTIONAL MATCH (live:Model {kind: 'preference', live: true})
WITH live AS m ORDER BY live.version DESC LIMIT 1
OPTIONAL MATCH (u:User {key: $user})
WITH m,
  COLLECT {
    MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(j:Product) WHERE e.kind <> 'query' RETURN j
    UNION
    MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(j:Product)
    WHERE r.rating IS NULL OR r.rating >= $liked RETURN j
  } AS history,
  COLLECT {
    MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(j:Product) WHERE r.rating < $liked RETURN j
  } AS disliked
CALL (m, history, disliked) {
  UNWIND history AS j
  MATCH (j)-[w:CO_PREFERRED]->(i:Product)
  WHERE w.slot = m.slot AND i.listed AND NOT i IN history AND NOT i IN disliked
  WITH i, sum(w.weight) AS score, collect(w) AS edges
  WHERE score > 0
  ORDER BY score DESC, i.key
  LIMIT $first
  RETURN collect({node: i, score: score, edges: edges}) AS ranked
}
CALL (ranked) {
  UNWIND ranked AS item
  UNWIND item.edges AS w
  WITH item.node AS i, item.score AS score, w, startNode(w) AS j
  ORDER BY abs(w.weight) DESC, j.key
  WITH i, score, collect(w) AS edges
  ORDER BY score DESC, i.key
  RETURN collect({
    node: i,
    product: i {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    score: score,
    edges: edges[..$detail],
    rest_weight: reduce(rest = 0.0, w IN edges[$detail..] | rest + w.weight),
    rest_count: size(edges[$detail..])
  }) AS items
}
CALL (items) {
  WITH [item IN items | item.node] AS shown, items
  UNWIND items AS item
  UNWIND [item.node] + [w IN item.edges | startNode(w)] AS n
  WITH DISTINCT shown, n
  CALL (n) {
    MATCH (n)-[f:HAS_BRAND|IN_CATEGORY|HAS_VALUE|ALSO_BOUGHT|ALSO_VIEWED|BOUGHT_TOGETHER]->(t)
    RETURN type(f) AS relation, t
    UNION
    UNWIND ['ALSO_BOUGHT', 'ALSO_VIEWED', 'BOUGHT_TOGETHER'] AS relation
    RETURN relation, n AS t
  }
  WITH shown, relation, t, collect(n) AS holders
  WHERE size(holders) > 1
    AND any(n IN holders WHERE n IN shown) AND any(n IN holders WHERE NOT n IN shown)
  RETURN collect({
    relation: relation,
    key: t.key,
    name: coalesce(t.name, t.title, t.id),
    attribute: t.attribute,
    degree: CASE relation
      WHEN 'HAS_BRAND' THEN COUNT { (t)<-[:HAS_BRAND]-() }
      WHEN 'IN_CATEGORY' THEN COUNT { (t)<-[:IN_CATEGORY]-() }
      WHEN 'HAS_VALUE' THEN COUNT { (t)<-[:HAS_VALUE]-() }
      WHEN 'ALSO_BOUGHT' THEN COUNT { (t)<-[:ALSO_BOUGHT]-() }
      WHEN 'ALSO_VIEWED' THEN COUNT { (t)<-[:ALSO_VIEWED]-() }
      ELSE COUNT { (t)<-[:BOUGHT_TOGETHER]-() }
    END,
    products: [n IN holders | n.key]
  }) AS facts
}
CALL (m, history, disliked, items) {
  // Unwound, as the planner would run a mere condition after the scan of all products.
  UNWIND CASE WHEN m IS NOT NULL AND size(items) = 0 THEN [true] ELSE [] END AS wanted
  MATCH (p:Product)
  WHERE p.listed AND NOT p IN history AND NOT p IN disliked
  WITH p, COUNT { (p)<-[:ON]-() } + COUNT { (p)<-[:REVIEWS]-() } AS interactions
  ORDER BY interactions DESC, p.popularity IS NULL, p.popularity DESC, p.key
  LIMIT $first
  WITH p, COUNT {
    MATCH (p)<-[:ON]-(e:Event)<-[:PERFORMED]-(u:User) WHERE e.kind <> 'query' RETURN u
    UNION
    MATCH (p)<-[:REVIEWS]-(:Review)<-[:WROTE]-(u:User) RETURN u
  } AS shoppers
  ORDER BY shoppers DESC, p.popularity IS NULL, p.popularity DESC, p.key
  RETURN collect({
    product: p {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    shoppers: shoppers
  }) AS popular
}
RETURN m {.key, .kind, .version, .slot, .parts} AS model,
  COUNT { (:Product) } AS products,
  COUNT { (:User) } AS users,
  [item IN items | {
    product: item.product,
    score: item.score,
    edges: [w IN item.edges | {
      key: startNode(w).key, title: startNode(w).title, weight: w.weight, parts: w.parts
    }],
    rest_weight: item.rest_weight,
    rest_count: item.rest_count
  }] AS items,
  facts,
  popular
