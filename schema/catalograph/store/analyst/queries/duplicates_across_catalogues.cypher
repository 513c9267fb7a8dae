// Title: Duplicates across catalogues
// Question: Which products of several catalogues are one and the same, and how do their prices differ?
// Title zh: 跨目录的重复商品
// Question zh: 不同目录里哪些商品其实是同一件？价格相差多少？
// Empty: No cluster spans two catalogues. Clusters come from `catalograph resolve run`.
// Parameter: first INTEGER = 50: groups shown
// Column: products LIST<STRING>: keys
// Column: titles LIST<STRING>: titles, in the same order
// Column: prices LIST<FLOAT>: prices, in the same order
// Column: spread FLOAT: highest price less lowest
// Column: least_score FLOAT: of what joined them, 0 to 1
MATCH (p:Product)-[m:MEMBER_OF]->(c:Cluster {kind: 'same'})
WITH c, p, m ORDER BY p.key
WITH c, collect(p) AS members, min(m.score) AS least_score, max(p.price) - min(p.price) AS spread,
  count(DISTINCT p.source) AS catalogues
WHERE catalogues > 1
RETURN [p IN members | p.key] AS products, [p IN members | p.title] AS titles,
  [p IN members | p.price] AS prices, spread, least_score
ORDER BY spread DESC, products
LIMIT $first
