// Opinions of reviews by day and topic. A topic is an aspect that reviews mention; a review counts
// once for it, by the more frequent sentiment of its mentions. The topic '' is the review as a whole:
// by its stars or, without any, by all that it mentions.
// A review with neither does not count.
// Parameters: subject (key of a product, brand or category, null for all reviews), topic (key of an
//   aspect besides '', null for all), begin, until, low and high (largest number of stars of a
//   negative review, smallest of a positive one)
// Returns: day, topic, name, reviews (that mention the topic), positive, negative, read (reviews of
//   these that mention any aspect), by topic and day
// Index: product_key, brand_key, category_key; without a subject an intended full scan of the reviews
CALL () {
  MATCH (:Product {key: $subject})<-[:REVIEWS]-(r:Review)
  RETURN r
  UNION ALL
  MATCH (:Brand {key: $subject})<-[:HAS_BRAND]-(:Product)<-[:REVIEWS]-(r:Review)
  RETURN DISTINCT r
  UNION ALL
  MATCH (:Category {key: $subject})<-[:CHILD_OF*0..]-(:Category)<-[:IN_CATEGORY]-(:Product)
    <-[:REVIEWS]-(r:Review)
  RETURN DISTINCT r
  UNION ALL
  MATCH (r:Review) WHERE $subject IS NULL
  RETURN r
}
WITH r WHERE $begin <= r.time < $until
WITH r, toString(date(r.time)) AS day, EXISTS { (r)-[:MENTIONS]->() } AS is_read
CALL (r, is_read) {
  WITH r
  WHERE r.rating IS NOT NULL OR is_read
  RETURN '' AS topic, null AS name, CASE
    WHEN r.rating <= $low THEN 1
    WHEN r.rating >= $high THEN -1
    WHEN r.rating IS NOT NULL THEN 0
    ELSE COUNT { (r)-[m:MENTIONS]->() WHERE m.sentiment = 'negative' }
      - COUNT { (r)-[m:MENTIONS]->() WHERE m.sentiment = 'positive' }
  END AS lean
  UNION ALL
  MATCH (r)-[m:MENTIONS]->(v:Value)
  WHERE $topic IS NULL OR v.key = $topic
  RETURN v.key AS topic, v.name AS name,
    sum(CASE m.sentiment WHEN 'negative' THEN 1 WHEN 'positive' THEN -1 ELSE 0 END) AS lean
}
RETURN day, topic, name, count(*) AS reviews, count(CASE WHEN lean < 0 THEN 1 END) AS positive,
  count(CASE WHEN lean > 0 THEN 1 END) AS negative, count(CASE WHEN is_read THEN 1 END) AS read
ORDER BY topic, day
