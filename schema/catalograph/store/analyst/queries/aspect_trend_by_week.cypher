// Title: Aspects by week
// Question: What do reviews praise and complain of, week by week?
// Title zh: 每周的评价方面
// Question zh: 每周的评论在称赞什么、抱怨什么？
// Empty: No review's aspects were read (`catalograph ingest reviews --aspects`), or none since that
//   day, of that brand or of that aspect.
// Parameter: since STRING, such as "2026-03-01": the first day
// Parameter: brand STRING = "": key of a brand, such as `brand:acme`; empty for all
// Parameter: aspect STRING = "": name of an aspect, such as `battery`; empty for all
// Column: week STRING: its Monday
// Column: aspect STRING: what is spoken of
// Column: reviews INTEGER: reviews that speak of it
// Column: positive INTEGER: mentions in praise
// Column: negative INTEGER: mentions in complaint
// Column: complaining FLOAT: share of these reviews that complain of it
MATCH (p:Product)<-[:REVIEWS]-(r:Review)-[m:MENTIONS]->(v:Value)
WHERE r.time >= datetime($since) AND ($aspect = '' OR v.name = $aspect)
  AND ($brand = '' OR EXISTS { (p)-[:HAS_BRAND]->(:Brand {key: $brand}) })
WITH date.truncate('week', date(r.time)) AS monday, v.name AS aspect, r,
  count(CASE m.sentiment WHEN 'positive' THEN 1 END) AS good,
  count(CASE m.sentiment WHEN 'negative' THEN 1 END) AS bad
RETURN toString(monday) AS week, aspect, count(r) AS reviews, sum(good) AS positive,
  sum(bad) AS negative, round(1.0 * count(CASE WHEN bad > 0 THEN 1 END) / count(r), 2) AS complaining
ORDER BY week, reviews DESC, aspect
