// Title: Brands' share by week
// Question: How large is each brand's share of what shoppers do, week by week?
// Title zh: 每周的品牌份额
// Question zh: 每周顾客的行为中，各品牌占多大份额？
// Empty: No event of that kind with a time since that day is on a product that has a brand.
// Parameter: kind STRING = "purchase": kind of event that counts
// Parameter: since STRING = "1970-01-01": first day
// Column: week STRING: Monday of the week
// Column: brand STRING: name
// Column: events INTEGER: events on its products
// Column: share FLOAT: of all events of that week on products with a brand, 0 to 1
MATCH (e:Event {kind: $kind})-[:ON]->(:Product)-[:HAS_BRAND]->(b:Brand)
WHERE e.time >= datetime($since)
WITH date.truncate('week', date(e.time)) AS week, b, count(e) AS events
WITH week, sum(events) AS total, collect({brand: b.name, events: events}) AS brands
UNWIND brands AS brand
RETURN week, brand.brand AS brand, brand.events AS events,
  round(1.0 * brand.events / total, 3) AS share
ORDER BY week, events DESC, brand
