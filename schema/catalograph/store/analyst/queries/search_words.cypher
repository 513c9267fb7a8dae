// Title: Search words and what came of them
// Question: What do shoppers search for, and do they click or buy on the same day?
// Title zh: 搜索词及其结果
// Question zh: 顾客搜索什么？当天有没有点击或购买？
// Empty: No event of the kind `query` with a time and search words is in the graph.
// Parameter: first INTEGER = 50: search words shown
// Column: words STRING: in small letters
// Column: searches INTEGER: how often
// Column: shoppers INTEGER: by how many
// Column: clicked FLOAT: share of searches with a click later that day
// Column: bought FLOAT: share of searches with a purchase later that day
MATCH (u:User)-[:PERFORMED]->(q:Event {kind: 'query'})
WHERE q.query IS NOT NULL AND q.time IS NOT NULL
WITH u, q, toLower(trim(q.query)) AS words, COLLECT {
  MATCH (u)-[:PERFORMED]->(e:Event)
  WHERE e.time > q.time AND date(e.time) = date(q.time)
  RETURN DISTINCT e.kind
} AS later
RETURN words, count(q) AS searches, count(DISTINCT u) AS shoppers,
  round(avg(CASE WHEN 'click' IN later THEN 1.0 ELSE 0.0 END), 2) AS clicked,
  round(avg(CASE WHEN 'purchase' IN later THEN 1.0 ELSE 0.0 END), 2) AS bought
ORDER BY searches DESC, words
LIMIT $first
