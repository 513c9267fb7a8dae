// What recommending takes where no preference edges were learned and written beforehand: who bought
// what this shopper bought, and what else they bought, each pair of products weighted by the cosine
// of their shoppers. Facts for the reasons are read as read_recommendations does.
// Parameters: user (key), first
// Returns: ranking: products (number in the graph), items (product, score, edges (key, title,
//   weight, parts), rest_weight, rest_count), facts (relation, key, name, degree, products)
MATCH (u:User {key: $user})
WITH u, COLLECT {
  MATCH (u)-[:PERFORMED]->(:Event {kind: 'purchase'})-[:ON]->(j:Product) RETURN DISTINCT j
} AS history
CALL (u, history) {
  UNWIND history AS j
  MATCH (j)<-[:ON]-(:Event {kind: 'purchase'})<-[:PERFORMED]-(other:User)
  WHERE other <> u
  WITH DISTINCT history, j, other
  MATCH (other)-[:PERFORMED]->(:Event {kind: 'purchase'})-[:ON]->(i:Product)
  WHERE i.listed AND NOT i IN history
  WITH j, i, count(DISTINCT other) AS both
  WITH j, i, both / sqrt(1.0 * COUNT { (j)<-[:ON]-() } * COUNT { (i)<-[:ON]-() }) AS weight
  ORDER BY weight DESC, j.key
  WITH i, sum(weight) AS score, collect({node: j, weight: weight}) AS edges
  ORDER BY score DESC, i.key
  LIMIT $first
  RETURN collect({node: i, score: score, edges: edges}) AS items
}
CALL (items) {
  WITH [item IN items | item.node] AS shown, items
  UNWIND items AS item
  UNWIND [item.node] + [e IN item.edges | e.node] AS n
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
    AND any(n IN holders WHERE n IN shown)
    AND any(n IN holders WHERE NOT n IN shown)
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
      ELSE COUNT { (t)<-[:BOUGHT_TOGETHER]-() }
    END,
    products: [n IN holders | n.key]
  }) AS facts
}
RETURN {
  products: COUNT { (:Product) },
  items: [item IN items | {
    product: {key: item.node.key, title: item.node.title},
    score: item.score,
    edges: [e IN item.edges[..10] | {
      key: e.node.key, title: e.node.title, weight: e.weight, parts: [e.weight]
    }],
    rest_weight: reduce(rest = 0.0, e IN item.edges[10..] | rest + e.weight),
    rest_count: size(item.edges[10..])
  }],
  facts: facts
} AS ranking
