// Products whose events grew from one window of time to the next, by the difference of two Poisson
// counts in units of its standard deviation, with the sentiment of reviews in the later window.
// Parameters: start, middle, end (times; the windows are start to middle and middle to end), kinds
//   (event kinds that count), first
// Returns: product, recent and earlier (events), reviews, rating (mean of the later window),
//   positive and negative (reviews of at least 4 and at most 2 stars, and opinions on aspects),
//   score
// Index: none; an intended full scan of events
MATCH (e:Event)-[:ON]->(p:Product)
WHERE e.time >= $start AND e.time < $end AND e.kind IN $kinds AND p.listed
WITH p, count(CASE WHEN e.time >= $middle THEN 1 END) AS recent,
  count(CASE WHEN e.time < $middle THEN 1 END) AS earlier
WHERE recent > 0
CALL (p) {
  MATCH (p)<-[:REVIEWS]-(r:Review)
  WHERE r.time >= $middle AND r.time < $end
  RETURN count(r) AS reviews, avg(r.rating) AS rating,
    count(CASE WHEN r.rating >= 4 THEN 1 END)
      + sum(COUNT { (r)-[:MENTIONS {sentiment: 'positive'}]->() }) AS positive,
    count(CASE WHEN r.rating <= 2 THEN 1 END)
      + sum(COUNT { (r)-[:MENTIONS {sentiment: 'negative'}]->() }) AS negative
}
WITH p, recent, earlier, reviews, rating, positive, negative,
  (recent - earlier) / sqrt(recent + earlier)
    + 0.5 * (positive - negative) / sqrt(positive + negative + 1) AS score
ORDER BY score DESC, p.key
LIMIT $first
RETURN p {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins, .url,
          .image_url, .released, .popularity} AS product,
  recent, earlier, reviews, rating, positive, negative, score
