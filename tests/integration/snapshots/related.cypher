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
    score: w.weight
  }) AS items
}
CALL (p, items) {
  WITH p, [item IN items | item.node] AS shown
  UNWIND [p] + shown AS n
  CALL (n) {
    MATCH (n)-[f:HAS_BRAND|IN_CATEGORY|HAS_VALUE|ALSO_BOUGHT|ALSO_VIEWED|BOUGHT_TOGETHER]->(tail)
    RETURN type(f) AS relation, tail
    UNION
    UNWIND ['ALSO_BOUGHT', 'ALSO_VIEWED', 'BOUGHT_TOGETHER'] AS relation
    RETURN relation, n AS tail
  }
  WITH p, relation, tail, collect(n) AS holders
  WHERE size(holders) > 1 AND p IN holders
  RETURN collect({
    relation: relation,
    key: tail.key,
    name: coalesce(tail.name, tail.title, tail.id),
    attribute: tail.attribute,
    degree: CASE relation
      WHEN 'HAS_BRAND' THEN COUNT { (tail)<-[:HAS_BRAND]-() }
      WHEN 'IN_CATEGORY' THEN COUNT { (tail)<-[:IN_CATEGORY]-() }
      WHEN 'HAS_VALUE' THEN COUNT { (tail)<-[:HAS_VALUE]-() }
      WHEN 'ALSO_BOUGHT' THEN COUNT { (tail)<-[:ALSO_BOUGHT]-() }
      WHEN 'ALSO_VIEWED' THEN COUNT { (tail)<-[:ALSO_VIEWED]-() }
      ELSE COUNT { (tail)<-[:BOUGHT_TOGETHER]-() }
    END,
    products: [n IN holders | n.key]
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
    edges: [{key: p.key, title: p.title, weight: item.edge.weight, parts: item.edge.parts}],
    rest_weight: 0.0,
    rest_count: 0
  }] AS items,
  facts,
  nearest
