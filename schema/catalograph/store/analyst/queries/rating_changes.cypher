// Title: Ratings that change
// Question: Which products are rated worse, or better, since a day?
// Title zh: 评分变化
// Question zh: 从某天起，哪些商品的评分变差或变好了？
// Empty: No product has reviews with a rating and a time both before and since that day.
// Parameter: since STRING, such as "2026-03-01": the day
// Parameter: first INTEGER = 20: products shown
// Column: product STRING: key
// Column: before FLOAT: stars on average before that day
// Column: after FLOAT: since then
// Column: change FLOAT: after less before; the worst first
// Column: reviews INTEGER: since then
MATCH (r:Review)-[:REVIEWS]->(p:Product)
WHERE r.rating IS NOT NULL AND r.time IS NOT NULL
WITH p, r.rating AS rating, r.time >= datetime($since) AS late
WITH p, avg(CASE WHEN NOT late THEN rating END) AS before, avg(CASE WHEN late THEN rating END) AS after,
  count(CASE WHEN late THEN 1 END) AS reviews
WHERE before IS NOT NULL AND after IS NOT NULL
RETURN p.key AS product, round(before, 2) AS before, round(after, 2) AS after,
  round(after - before, 2) AS change, reviews
ORDER BY change, product
LIMIT $first
