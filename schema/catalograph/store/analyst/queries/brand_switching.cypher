// Title: Brand switching
// Question: To which brand do shoppers go who bought another one before, in the same category?
// Title zh: 品牌转换
// Question zh: 在同一品类中，以前买别的品牌的顾客转向了哪个品牌？
// Empty: No shopper bought two brands of one category at different times.
// Parameter: first INTEGER = 20: rows shown
// Column: category STRING: name
// Column: before STRING: brand of the earlier purchase
// Column: after STRING: brand of the later one
// Column: shoppers INTEGER: who did so
MATCH (u:User)-[:PERFORMED]->(e:Event {kind: 'purchase'})-[:ON]->(p:Product)-[:HAS_BRAND]->(b:Brand)
MATCH (p)-[:IN_CATEGORY]->(c:Category)
WHERE e.time IS NOT NULL
WITH u, c, collect({time: e.time, brand: b}) AS bought
UNWIND bought AS one
UNWIND bought AS two
WITH u, c, one, two WHERE one.time < two.time AND one.brand <> two.brand
RETURN c.name AS category, one.brand.name AS before, two.brand.name AS after,
  count(DISTINCT u) AS shoppers
ORDER BY shoppers DESC, category, before, after
LIMIT $first
