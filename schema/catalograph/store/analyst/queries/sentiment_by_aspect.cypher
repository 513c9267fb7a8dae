// Title: Sentiment by aspect
// Question: What do reviews praise, and what do they complain of?
// Title zh: 各方面的口碑
// Question zh: 评论称赞什么，抱怨什么？
// Empty: No review's aspects were read (`catalograph ingest reviews --aspects`), or none of that
//   brand's, or each aspect has fewer mentions.
// Parameter: brand STRING = "": key of a brand, such as `brand:acme`; empty for all
// Parameter: least INTEGER = 1: mentions an aspect must have
// Column: aspect STRING: what is spoken of
// Column: mentions INTEGER: reviews that speak of it
// Column: positive INTEGER: of these, in praise
// Column: negative INTEGER: of these, in complaint
// Column: balance FLOAT: positive less negative over mentions, -1 to 1
MATCH (p:Product)<-[:REVIEWS]-(r:Review)-[m:MENTIONS]->(v:Value)
WHERE $brand = '' OR EXISTS { (p)-[:HAS_BRAND]->(:Brand {key: $brand}) }
WITH v.name AS aspect, count(m) AS mentions,
  count(CASE m.sentiment WHEN 'positive' THEN 1 END) AS positive,
  count(CASE m.sentiment WHEN 'negative' THEN 1 END) AS negative
WHERE mentions >= $least
RETURN aspect, mentions, positive, negative,
  round(1.0 * (positive - negative) / mentions, 2) AS balance
ORDER BY mentions DESC, aspect
