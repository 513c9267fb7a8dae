// Recommendations for one shopper, with the data for their reasons. The live model is looked up in
// the same statement, so that no list mixes two versions. A shopper whose history leads to no
// product gets the most popular products: those at the time of publishing the model, or of all
// products if a filter narrows the list. If the model has a half-life, the weight of an interaction
// halves for each half-life by which it is older than the shopper's newest; one without a time
// counts as the oldest. Products that the shopper interacted with are not shown again, or with
// `seen` only bought ones are left out; products that the shopper disliked or dismissed are never
// shown. Products of a session count like the shopper's own; those in `without` count as never
// chosen.
// Parameters: user (key or null), session (key, time or null), without (keys), only (key of the one
//   product to rank, or null), first, pool (items to rank, as many as first or more to choose
//   from), kinds (event kinds that are interactions), detail (number of strongest edges of each
//   item), liked (smallest number of stars of a review that counts), seen, in_stock, gone (words
//   for an unavailable product), brand, category, values, price_min, price_max, currency (filters;
//   null or empty filters nothing), price_currency (in which prices are compared; blank for prices
//   without one), rates (exchange rates; empty compares no price in another currency)
// Returns: one row: model (null when none is live), products and users (numbers in the graph),
//   items (product, score, edges (key, title, weight, parts, shoppers, without), rest_weight,
//   rest_count, kinds (keys of its brands, categories and values; empty unless pool is more than
//   first)), facts (see `fragments/shared_facts`), popular (product, shoppers)
// Index: model_kind, user_key, product_key; its label scan for popular ones that a filter narrows
OPTIONAL MATCH (live:Model {kind: 'preference', live: true})
WITH live AS m ORDER BY live.version DESC LIMIT 1
OPTIONAL MATCH (u:User {key: $user})
WITH m,
  COLLECT {
    MATCH (u)-[:PERFORMED]->(:Event {kind: 'dismiss'})-[:ON]->(j:Product) RETURN DISTINCT j
  } AS dismissed,
  COLLECT {
    MATCH (u)-[:PERFORMED]->(:Event {kind: 'purchase'})-[:ON]->(j:Product) RETURN j
    UNION
    MATCH (u)-[:WROTE]->(:Review)-[:REVIEWS]->(j:Product) RETURN j
  } AS bought,
  COLLECT {
    CALL (u) {
      MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(j:Product) WHERE e.kind IN $kinds
      RETURN j, e.time AS time
      UNION ALL
      MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(j:Product)
      WHERE r.rating IS NULL OR r.rating >= $liked
      RETURN j, r.time AS time
      UNION ALL
      UNWIND $session AS event
      MATCH (j:Product {key: event.key})
      RETURN j, event.time AS time
    }
    WITH j, max(time) AS time
    WHERE NOT j.key IN $without
    RETURN {node: j, time: time}
  } AS took_to,
  COLLECT {
    MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(j:Product) WHERE r.rating < $liked RETURN j
  } AS disliked
WITH m, [t IN took_to WHERE NOT t.node IN dismissed] AS history,
  dismissed + disliked
    + CASE WHEN $seen THEN bought ELSE [t IN took_to | t.node] END AS hidden
CALL (history) {
  UNWIND history AS t
  RETURN max(t.time) AS newest, min(t.time) AS oldest
}
CALL (m, history, hidden, newest, oldest) {
  UNWIND history AS t
  WITH m, hidden, t.node AS j,
    CASE WHEN m.half_life_days IS NULL OR newest IS NULL THEN 1.0
         ELSE 2 ^ (-duration.inSeconds(coalesce(t.time, oldest), newest).seconds
                   / 86400.0 / m.half_life_days) END AS factor
  MATCH (j)-[w:CO_PREFERRED]->(i:Product)
  WHERE w.slot = m.slot AND i.listed AND NOT i IN hidden AND ($only IS NULL OR i.key = $only)
  WITH i, sum(factor * w.weight) AS score, collect({edge: w, factor: factor}) AS edges
  WHERE score > 0
    AND ($brand IS NULL OR EXISTS { (i)-[:HAS_BRAND]->(:Brand {key: $brand}) })
    AND ($category IS NULL
         OR EXISTS { (i)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $category}) })
    AND all(value IN $values WHERE EXISTS { (i)-[:HAS_VALUE]->(:Value {key: value}) })
    AND ($currency IS NULL OR i.currency = $currency)
    AND ($price_min IS NULL OR CASE
      WHEN coalesce(i.currency, '') = $price_currency THEN i.price
      ELSE i.price * $rates[$price_currency] / $rates[i.currency] END >= $price_min)
    AND ($price_max IS NULL OR CASE
      WHEN coalesce(i.currency, '') = $price_currency THEN i.price
      ELSE i.price * $rates[$price_currency] / $rates[i.currency] END <= $price_max)
    AND NOT ($in_stock AND any(word IN $gone WHERE
      coalesce(i.availability_status, i.availability, '') CONTAINS word))
  ORDER BY score DESC, i.key
  LIMIT $pool
  RETURN collect({node: i, score: score, edges: edges}) AS ranked
}
CALL (ranked) {
  UNWIND ranked AS item
  UNWIND item.edges AS e
  WITH item.node AS i, item.score AS score, e, startNode(e.edge) AS j
  ORDER BY abs(e.factor * e.edge.weight) DESC, j.key
  WITH i, score, collect(e) AS edges
  ORDER BY score DESC, i.key
  RETURN collect({
    node: i,
    product: i {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    score: score,
    edges: edges[..$detail],
    rest_weight: reduce(rest = 0.0, e IN edges[$detail..] | rest + e.factor * e.edge.weight),
    rest_count: size(edges[$detail..]),
    kinds: CASE WHEN $pool > $first THEN COLLECT {
      MATCH (i)-[:HAS_BRAND|IN_CATEGORY|HAS_VALUE]->(kind) RETURN kind.key
    } ELSE [] END
  }) AS items
}
__SHARED_FACTS__
CALL (m, hidden, items) {
  // Unwound, as the planner would run a mere condition after the scan of all products.
  UNWIND CASE
    WHEN m IS NOT NULL AND size(items) = 0 AND $only IS NULL THEN [true] ELSE []
  END AS wanted
  WITH hidden, coalesce(m.popular, []) AS usual,
    m.popular IS NULL OR $in_stock OR size($values) > 0
      OR any(narrow IN [$brand, $category, $price_min, $price_max, $currency] WHERE narrow IS NOT NULL)
      AS among_all
  CALL (usual, among_all) {
    UNWIND CASE WHEN among_all THEN [] ELSE usual END AS key
    MATCH (p:Product {key: key})
    RETURN p
    UNION ALL
    UNWIND CASE WHEN among_all THEN [true] ELSE [] END AS each
    MATCH (p:Product)
    RETURN p
  }
  WITH hidden, p
  WHERE p.listed AND NOT p IN hidden
    AND ($brand IS NULL OR EXISTS { (p)-[:HAS_BRAND]->(:Brand {key: $brand}) })
    AND ($category IS NULL
         OR EXISTS { (p)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $category}) })
    AND all(value IN $values WHERE EXISTS { (p)-[:HAS_VALUE]->(:Value {key: value}) })
    AND ($currency IS NULL OR p.currency = $currency)
    AND ($price_min IS NULL OR CASE
      WHEN coalesce(p.currency, '') = $price_currency THEN p.price
      ELSE p.price * $rates[$price_currency] / $rates[p.currency] END >= $price_min)
    AND ($price_max IS NULL OR CASE
      WHEN coalesce(p.currency, '') = $price_currency THEN p.price
      ELSE p.price * $rates[$price_currency] / $rates[p.currency] END <= $price_max)
    AND NOT ($in_stock AND any(word IN $gone WHERE
      coalesce(p.availability_status, p.availability, '') CONTAINS word))
  WITH p, COUNT { (p)<-[:ON]-() } + COUNT { (p)<-[:REVIEWS]-() } AS interactions
  ORDER BY interactions DESC, p.popularity IS NULL, p.popularity DESC, p.key
  LIMIT $first
  WITH p, COUNT {
    MATCH (p)<-[:ON]-(e:Event)<-[:PERFORMED]-(u:User) WHERE e.kind IN $kinds RETURN u
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
    edges: [e IN item.edges | {
      key: startNode(e.edge).key,
      title: startNode(e.edge).title,
      weight: e.factor * e.edge.weight,
      parts: [part IN e.edge.parts | e.factor * part],
      shoppers: e.edge.shoppers,
      without: e.edge.without
    }],
    rest_weight: item.rest_weight,
    rest_count: item.rest_count,
    kinds: item.kinds
  }] AS items,
  facts,
  popular
