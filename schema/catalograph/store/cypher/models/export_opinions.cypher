// Sentiment of reviews on the aspects of products: by product and aspect, the share of positive
// mentions minus the share of negative ones.
// Parameters: none
// Returns: head (key of a listed product), tails (pairs of key of the aspect and that difference,
//   −1 to 1, none of them 0; in no order)
// Index: none; an intended full scan
MATCH (p:Product)<-[:REVIEWS]-(r:Review)-[m:MENTIONS]->(v:Value)
WHERE p.listed
OPTIONAL MATCH (u:User)-[:WROTE]->(r)
WITH p, m, v, u
WHERE u IS NULL OR
__TRAINS_ON__
WITH p, v, avg(CASE m.sentiment WHEN 'positive' THEN 1.0 WHEN 'negative' THEN -1.0 ELSE 0.0 END)
  AS opinion
WHERE opinion <> 0
RETURN p.key AS head, collect([v.key, opinion]) AS tails
