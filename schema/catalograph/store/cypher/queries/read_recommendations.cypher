// Recommendations for one shopper, with the data for their reasons. The live model is looked up in
// the same statement, so that no list mixes two versions. A shopper whose history leads to no
// product gets the most popular products: those at the time of publishing the model, or of all
// products if a filter narrows the list. Equally popular ones come by the live PageRank, if there is
// one.
// Parameters: those of `fragments/shopper_history`, only (key of the one product to rank, or null),
//   first, pool (items to rank for a diverse list, as many as first or more to choose from), diversity
//   (null for the model's own), detail (number of strongest edges of each item), narrowed (whether there are filters; they are put in behind
//   `WHERE i.listed` and `WHERE p.listed`)
// Returns: one row: model (null when none is live), artefact_hash, published and placement (as
//   `read_history`), products and users (numbers in the graph, the latter with counted ones elsewhere),
//   items (product, score, edges (key, title, weight, parts, shoppers, without), rest_weight,
//   rest_count, kinds (keys of its brands, categories and values; empty unless the list is
//   diverse)), facts (see `fragments/shared_facts`), popular (product, shoppers (null if the model
//   is private), scale (then what its released count multiplies weights by))
// Index: model_kind, model_key, user_key, product_key; its label scan for popular ones that a filter
//   narrows
__SHOPPER_HISTORY__
CALL (m, history, hidden, thin) {
  UNWIND history AS t
  WITH m, hidden, thin, t.node AS j, t.factor AS factor
  MATCH (j)-[w:CO_PREFERRED]->(i:Product)
  WHERE w.slot = m.slot AND i.listed AND NOT i IN hidden AND ($only IS NULL OR i.key = $only)
  WITH i, w, factor, factor * CASE
      WHEN thin IS NULL THEN w.weight
      ELSE reduce(sum = 0.0, n IN range(0, size(thin) - 1) | sum + thin[n] * w.parts[n])
    END AS weight
  WITH i, sum(weight) AS score, collect({edge: w, factor: factor, weight: weight}) AS edges
  WHERE i.listed AND score > 0
  ORDER BY score DESC, i.key
  LIMIT $pool
  RETURN collect({node: i, score: score, edges: edges}) AS candidates
}
WITH *, coalesce($diversity, m.diversity, 0.0) > 0 AS diverse
WITH *, CASE WHEN diverse THEN candidates ELSE candidates[..$first] END AS ranked
CALL (ranked, diverse) {
  UNWIND ranked AS item
  UNWIND item.edges AS e
  WITH diverse, item.node AS i, item.score AS score, e, startNode(e.edge) AS j
  ORDER BY abs(e.weight) DESC, j.key
  WITH diverse, i, score, collect(e) AS edges
  ORDER BY score DESC, i.key
  RETURN collect({
    node: i,
    product: i {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    score: score,
    edges: edges[..$detail],
    sources: [e IN edges[..$detail] | startNode(e.edge)],
    rest_weight: reduce(rest = 0.0, e IN edges[$detail..] | rest + e.weight),
    rest_count: size(edges[$detail..]),
    kinds: CASE WHEN diverse THEN COLLECT {
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
  WITH hidden, coalesce(m.popular, []) AS usual, coalesce(m.popular_elsewhere, []) AS counted,
    m.popular IS NULL OR $narrowed AS among_all,
    // Of a private model the released count, which the scale of edges to a product follows.
    CASE WHEN m.epsilon IS NOT NULL THEN m.property END AS released,
    COLLECT {
      MATCH (r:Model {kind: 'pagerank', live: true})
      RETURN r.property ORDER BY r.version DESC LIMIT 1
    }[0] AS central
  CALL (usual, counted, among_all) {
    UNWIND CASE WHEN among_all THEN [] ELSE range(0, size(usual) - 1) END AS n
    MATCH (p:Product {key: usual[n]})
    RETURN p, counted[n] AS own
    UNION ALL
    UNWIND CASE WHEN among_all THEN [true] ELSE [] END AS each
    MATCH (p:Product)
    RETURN p, null AS own
  }
  WITH hidden, usual, counted, central, released, p, own
  WHERE p.listed AND NOT p IN hidden
  // Shoppers who are not in the graph; of a narrowed list those of the usual products.
  WITH central, released, p, toInteger(coalesce(
      own, [n IN range(0, size(counted) - 1) WHERE usual[n] = p.key | counted[n]][0], 0
    )) AS elsewhere
  WITH central, released, p, elsewhere, CASE WHEN released IS NULL
      THEN COUNT { (p)<-[:ON]-() } + COUNT { (p)<-[:REVIEWS]-() } + elsewhere
      ELSE coalesce(p[released][-1], 0.0)
    END AS interactions
  ORDER BY interactions DESC, p.popularity IS NULL, p.popularity DESC,
    coalesce(p[central], 0.0) DESC, p.key
  LIMIT $first
  WITH central, p, interactions, CASE WHEN released IS NULL THEN elsewhere + COUNT {
    MATCH (p)<-[:ON]-(e:Event)<-[:PERFORMED]-(u:User) WHERE e.kind IN $kinds RETURN u
    UNION
    MATCH (p)<-[:REVIEWS]-(:Review)<-[:WROTE]-(u:User) RETURN u
  } END AS shoppers
  ORDER BY coalesce(shoppers, interactions) DESC, p.popularity IS NULL, p.popularity DESC,
    coalesce(p[central], 0.0) DESC, p.key
  RETURN collect({
    product: p {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    shoppers: shoppers,
    scale: interactions
  }) AS popular
}
RETURN m {.key, .kind, .version, .slot, .parts, .rival, .diversity} AS model,
  m.artefact_hash AS artefact_hash,
  m.placement AS published,
  COLLECT { MATCH (state:GraphState {key: 'graph-state:schema'}) RETURN state.placement }[0]
    AS placement,
  COUNT { (:Product) } AS products,
  COUNT { (:User) } + coalesce(m.shoppers_elsewhere, 0) AS users,
  [item IN items | {
    product: item.product,
    score: item.score,
    edges: [e IN item.edges | {
      key: startNode(e.edge).key,
      title: startNode(e.edge).title,
      weight: e.weight,
      parts: CASE
        WHEN thin IS NULL THEN [part IN e.edge.parts | e.factor * part]
        ELSE [n IN range(0, size(thin) - 1) | e.factor * thin[n] * e.edge.parts[n]]
      END,
      shoppers: e.edge.shoppers,
      without: e.edge.without
    }],
    rest_weight: item.rest_weight,
    rest_count: item.rest_count,
    kinds: item.kinds
  }] AS items,
  facts,
  popular
