// Title: Trending by week
// Question: Which products gain most against the week before?
// Title zh: 每周的热门商品
// Question zh: 与前一周相比，哪些商品上升最多？
// Empty: No product had an event in that week or the one before.
// Parameter: week STRING, such as "2026-03-02": any day of the week in question
// Parameter: first INTEGER = 20: products shown
// Column: product STRING: key
// Column: title STRING: title
// Column: events INTEGER: in that week; a cart counts as three and a purchase as five
// Column: before INTEGER: in the week before, so counted
// Column: gain INTEGER: events less before
WITH date.truncate('week', date($week)) AS monday
MATCH (e:Event)-[:ON]->(p:Product)
WHERE e.time >= datetime({date: monday - duration('P7D')}) AND e.time < datetime({date: monday + duration('P7D')})
  AND e.kind IN ['view', 'click', 'cart', 'purchase', 'share']
WITH p, date(e.time) >= monday AS now,
  CASE e.kind WHEN 'purchase' THEN 5 WHEN 'cart' THEN 3 ELSE 1 END AS weight
WITH p, sum(CASE WHEN now THEN weight ELSE 0 END) AS events,
  sum(CASE WHEN now THEN 0 ELSE weight END) AS before
RETURN p.key AS product, p.title AS title, events, before, events - before AS gain
ORDER BY gain DESC, product
LIMIT $first
