// Title: Cold products
// Question: Which listed products has nobody looked at, and has the recommender edges for them?
// Title zh: 冷门商品
// Question zh: 哪些在售商品没有人看过？推荐模型里有没有它们的边？
// Empty: Every listed product has an event or a review, or none is listed.
// Parameter: first INTEGER = 50: products shown
// Column: product STRING: key
// Column: title STRING: title
// Column: facts INTEGER: brand, categories and values it has; what a recommendation can start from
// Column: edges INTEGER: weights of the live model that lead to it
OPTIONAL MATCH (live:Model {kind: 'preference', live: true})
WITH live.slot AS slot ORDER BY live.version DESC LIMIT 1
MATCH (p:Product {listed: true})
WHERE NOT EXISTS { (p)<-[:ON]-(:Event) } AND NOT EXISTS { (p)<-[:REVIEWS]-(:Review) }
RETURN p.key AS product, p.title AS title,
  COUNT { (p)-[:HAS_BRAND|IN_CATEGORY|HAS_VALUE]->() } AS facts,
  COUNT { (p)<-[w:CO_PREFERRED]-() WHERE w.slot = slot } AS edges
ORDER BY edges, facts, product
LIMIT $first
