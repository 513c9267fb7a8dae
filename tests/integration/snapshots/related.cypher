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
    product: i {.title, brands: COLLECT { MATCH (i)-[:HAS_BRAND]->(n1:Brand) WITH n1 ORDER BY n1.key RETURN n1 {.name} }, .key},
    edge: w,
    sources: [p],
    score: w.weight
  }) AS items
}
CALL (m, items) {
  WITH m, [item IN items | item.node] AS shown,
    COLLECT {
      UNWIND items AS item
      UNWIND item.sources AS source
      RETURN DISTINCT source
    } AS sources,
    EXISTS { (:GraphState {imputed: 'show'}) } AS guesses
  UNWIND shown + sources AS n
  WITH DISTINCT m, guesses, n, n IN shown AS is_shown, n IN sources AS is_source
  CALL (m, guesses, n) {
    MATCH (n)-[f:HAS_BRAND|IN_CATEGORY|HAS_VALUE|ALSO_BOUGHT|ALSO_VIEWED|BOUGHT_TOGETHER|COMPATIBLE_WITH|PART_OF|USED_FOR]->(t)
    WHERE NOT guesses OR EXISTS {
      MATCH (:Assertion {key: 'assertion:' + n.key + '\t' + type(f) + '\t' + t.key})
        -[s:SUPPORTED_BY]->()
      WHERE s.origin <> 'IMPUTED'
    }
    RETURN type(f) AS relation, t, null AS strength
    UNION
    UNWIND split('ALSO_BOUGHT|ALSO_VIEWED|BOUGHT_TOGETHER|COMPATIBLE_WITH|PART_OF', '|') AS relation
    RETURN relation, n AS t, null AS strength
    UNION
    MATCH (n)-[o:JUDGED_ON]->(t)
    WHERE o.slot = m.slot
    RETURN 'MENTIONS' AS relation, t, o.weight AS strength
  }
  WITH relation, t, collect(n.key) AS products, collect(strength) AS strengths,
    any(one IN collect(is_shown) WHERE one) AS leads, any(one IN collect(is_source) WHERE one) AS led
  WHERE size(products) > 1 AND leads AND led
  RETURN collect({
    relation: relation,
    key: t.key,
    name: coalesce(t.name, t.title, t.id),
    degree: CASE relation
      WHEN 'HAS_BRAND' THEN COUNT { (t)<-[:HAS_BRAND]-() }
      WHEN 'IN_CATEGORY' THEN COUNT { (t)<-[:IN_CATEGORY]-() }
      WHEN 'HAS_VALUE' THEN COUNT { (t)<-[:HAS_VALUE]-() }
      WHEN 'ALSO_BOUGHT' THEN COUNT { (t)<-[:ALSO_BOUGHT]-() }
      WHEN 'ALSO_VIEWED' THEN COUNT { (t)<-[:ALSO_VIEWED]-() }
      WHEN 'BOUGHT_TOGETHER' THEN COUNT { (t)<-[:BOUGHT_TOGETHER]-() }
      WHEN 'COMPATIBLE_WITH' THEN COUNT { (t)<-[:COMPATIBLE_WITH]-() }
      WHEN 'PART_OF' THEN COUNT { (t)<-[:PART_OF]-() }
      WHEN 'USED_FOR' THEN COUNT { (t)<-[:USED_FOR]-() }
    END + CASE WHEN t:Product AND t.listed THEN 1 ELSE 0 END,
    products: products,
    strengths: CASE WHEN size(strengths) > 0 THEN strengths END
  }) AS facts
}
CALL (p, t, items) {
  WITH p, t, p['text_embedding_' + t.slot] AS vector
  WHERE size(items) = 0 AND vector IS NOT NULL
  CALL db.index.vector.queryNodes(t.index, $pool, vector) YIELD node, score
  WITH p, node, score WHERE node.listed AND node <> p
  ORDER BY score DESC, node.key
  LIMIT $first
  RETURN collect({
    product: node {.title, brands: COLLECT { MATCH (node)-[:HAS_BRAND]->(n2:Brand) WITH n2 ORDER BY n2.key RETURN n2 {.name} }, .key},
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
