// Products whose events grew from one window of time to the next, by the difference of two Poisson
// counts in units of its standard deviation, with the sentiment of reviews in the later window. Equal
// ones come by the live PageRank, if there is one; where fewer than `first` have events in the later
// window, the most central others follow.
// Parameters: start, middle, end (times; the windows are start to middle and middle to end), kinds
//   (event kinds that count), first; filters are put in behind `WHERE p.listed`
// Returns: product, recent and earlier (events), reviews, rating (mean of the later window),
//   positive and negative (reviews of at least 4 and at most 2 stars, and opinions on aspects),
//   score
// Index: model_kind; an intended full scan of events, and of products where others follow
CALL () {
  OPTIONAL MATCH (live:Model {kind: 'pagerank', live: true})
  RETURN live.property AS central ORDER BY live.version DESC LIMIT 1
}
CALL () {
  MATCH (e:Event)-[:ON]->(p:Product)
  WHERE e.time >= $start AND e.time < $end AND e.kind IN $kinds
  WITH p, count(CASE WHEN e.time >= $middle THEN 1 END) AS recent,
    count(CASE WHEN e.time < $middle THEN 1 END) AS earlier
  WHERE p.listed
    AND recent > 0
  RETURN collect({node: p, recent: recent, earlier: earlier, follows: false}) AS trends
}
CALL (central, trends) {
  // Unwound, as the planner would run a mere condition after the scan of all products.
  UNWIND CASE WHEN central IS NOT NULL AND size(trends) < $first THEN [true] ELSE [] END AS wanted
  MATCH (p:Product)
  WHERE p.listed
    AND p[central] IS NOT NULL
  WITH p, p[central] AS rank, [trend IN trends | trend.node] AS there
  WHERE NOT p IN there
  WITH p ORDER BY rank DESC, p.key LIMIT $first
  RETURN collect({node: p, recent: 0, earlier: COUNT {
    MATCH (e:Event)-[:ON]->(p)
    WHERE e.time >= $start AND e.time < $middle AND e.kind IN $kinds
    RETURN e
  }, follows: true}) AS others
}
UNWIND trends + others AS one
WITH central, one, one.node AS p
CALL (p) {
  MATCH (p)<-[:REVIEWS]-(r:Review)
  WHERE r.time >= $middle AND r.time < $end
  RETURN count(r) AS reviews, avg(r.rating) AS rating,
    count(CASE WHEN r.rating >= 4 THEN 1 END)
      + sum(COUNT { (r)-[:MENTIONS {sentiment: 'positive'}]->() }) AS positive,
    count(CASE WHEN r.rating <= 2 THEN 1 END)
      + sum(COUNT { (r)-[:MENTIONS {sentiment: 'negative'}]->() }) AS negative
}
WITH p, one, reviews, rating, positive, negative, coalesce(p[central], 0.0) AS rank,
  CASE WHEN one.recent + one.earlier > 0
    THEN (one.recent - one.earlier) / sqrt(one.recent + one.earlier) ELSE 0.0 END
    + 0.5 * (positive - negative) / sqrt(positive + negative + 1) AS score
ORDER BY one.follows, CASE WHEN one.follows THEN rank ELSE score END DESC, rank DESC, p.key
LIMIT $first
RETURN p {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins, .url,
          .image_url, .released, .popularity} AS product,
  one.recent AS recent, one.earlier AS earlier, reviews, rating, positive, negative, score
