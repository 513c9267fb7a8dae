// Counts reviews and negative reviews of products, brands or categories: in a window, and in the
// period before it. A review is negative by its stars; without stars, if it mentions more aspects with
// a negative sentiment than with a positive one. A review with neither does not count. On a topic,
// reviews that mention any aspect count, and those are negative that mention it more often with a
// negative sentiment.
// Parameters: subjects (keys of products, brands or categories), topic (key of an aspect, or null),
//   until, since (start of the window), begin (start of the time before it), low (largest number of
//   stars of a negative review)
// Returns: subject, known, recent, recent_negative, earlier, earlier_negative
// Index: product_key, brand_key, category_key
UNWIND $subjects AS subject
CALL (subject) {
  CALL (subject) {
    MATCH (:Product {key: subject})<-[:REVIEWS]-(r:Review)
    RETURN r
    UNION ALL
    MATCH (:Brand {key: subject})<-[:HAS_BRAND]-(:Product)<-[:REVIEWS]-(r:Review)
    RETURN r
    UNION ALL
    MATCH (:Category {key: subject})<-[:CHILD_OF*0..]-(:Category)<-[:IN_CATEGORY]-(:Product)
      <-[:REVIEWS]-(r:Review)
    RETURN DISTINCT r
  }
  WITH r WHERE r.time > $begin AND r.time <= $until
  WITH r.time > $since AS is_recent,
    CASE
      WHEN $topic IS NOT NULL THEN CASE WHEN EXISTS { (r)-[:MENTIONS]->() } THEN
        COUNT { (r)-[m:MENTIONS]->({key: $topic}) WHERE m.sentiment = 'negative' }
        > COUNT { (r)-[m:MENTIONS]->({key: $topic}) WHERE m.sentiment = 'positive' }
      END
      WHEN r.rating IS NOT NULL THEN r.rating <= $low
      WHEN EXISTS { (r)-[:MENTIONS]->() } THEN
        COUNT { (r)-[m:MENTIONS]->() WHERE m.sentiment = 'negative' }
        > COUNT { (r)-[m:MENTIONS]->() WHERE m.sentiment = 'positive' }
    END AS negative
  WHERE negative IS NOT NULL
  RETURN count(CASE WHEN is_recent THEN 1 END) AS recent,
    count(CASE WHEN is_recent AND negative THEN 1 END) AS recent_negative,
    count(CASE WHEN NOT is_recent THEN 1 END) AS earlier,
    count(CASE WHEN NOT is_recent AND negative THEN 1 END) AS earlier_negative
}
RETURN subject,
  EXISTS { (:Product {key: subject}) } OR EXISTS { (:Brand {key: subject}) }
    OR EXISTS { (:Category {key: subject}) } AS known,
  recent, recent_negative, earlier, earlier_negative
