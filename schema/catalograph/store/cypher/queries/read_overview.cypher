// Key figures of a brand or a category.
// Parameters: brand, category (key of the one, null for the other), since and until (weeks
//   before and after are left out), topics (largest number of aspects of a week)
// Returns: one row: products, prices (currency, blank for none; count; quartiles, which are low,
//   first, median, third and high; most frequent currency first), ratings (stars, count), events,
//   all_events, weeks (week, events, reviews, rating, positive, negative, topics (name, positive,
//   negative)), by week
// Index: brand_key, category_key
CALL () {
  MATCH (:Brand {key: $brand})<-[:HAS_BRAND]-(p:Product) WHERE p.listed
  RETURN p
  UNION
  MATCH (:Category {key: $category})<-[:CHILD_OF*0..]-(:Category)<-[:IN_CATEGORY]-(p:Product)
  WHERE p.listed
  RETURN p
}
WITH collect(DISTINCT p) AS found
CALL (found) {
  UNWIND found AS p
  WITH coalesce(p.currency, '') AS currency, p.price AS price WHERE price IS NOT NULL
  WITH currency, count(*) AS count, min(price) AS low, percentileCont(price, 0.25) AS first,
    percentileCont(price, 0.5) AS middle, percentileCont(price, 0.75) AS third, max(price) AS high
  ORDER BY count DESC, currency
  RETURN collect({currency: currency, count: count, quartiles: [low, first, middle, third, high]})
    AS prices
}
CALL (found) {
  UNWIND found AS p
  MATCH (p)<-[:REVIEWS]-(r:Review) WHERE r.rating IS NOT NULL
  WITH toInteger(round(r.rating)) AS stars, count(*) AS count ORDER BY stars DESC
  RETURN collect({stars: stars, count: count}) AS ratings
}
CALL (found) {
  UNWIND found AS p
  RETURN sum(COUNT { (p)<-[:ON]-(:Event) }) AS events
}
CALL (found) {
  CALL (found) {
    UNWIND found AS p
    MATCH (p)<-[:ON]-(e:Event) WHERE $since <= e.time < $until
    RETURN date.truncate('week', e.time) AS week, count(e) AS events, 0 AS reviews,
      null AS rating, 0 AS positive, 0 AS negative
    UNION ALL
    UNWIND found AS p
    MATCH (p)<-[:REVIEWS]-(r:Review) WHERE $since <= r.time < $until
    RETURN date.truncate('week', r.time) AS week, 0 AS events, count(r) AS reviews,
      avg(r.rating) AS rating,
      sum(COUNT { (r)-[:MENTIONS {sentiment: 'positive'}]->() }) AS positive,
      sum(COUNT { (r)-[:MENTIONS {sentiment: 'negative'}]->() }) AS negative
  }
  WITH found, week, sum(events) AS events, sum(reviews) AS reviews, max(rating) AS rating,
    sum(positive) AS positive, sum(negative) AS negative
  CALL (found, week) {
    UNWIND found AS p
    MATCH (p)<-[:REVIEWS]-(r:Review)-[m:MENTIONS]->(v:Value)
    WHERE $since <= r.time < $until AND date.truncate('week', r.time) = week
    WITH v, count(CASE m.sentiment WHEN 'positive' THEN 1 END) AS positive,
      count(CASE m.sentiment WHEN 'negative' THEN 1 END) AS negative, count(*) AS count
    ORDER BY count DESC, v.key LIMIT $topics
    RETURN collect({name: v.name, positive: positive, negative: negative}) AS topics
  }
  WITH week, events, reviews, rating, positive, negative, topics ORDER BY week
  RETURN collect({week: toString(week), events: events, reviews: reviews, rating: rating,
    positive: positive, negative: negative, topics: topics}) AS weeks
}
RETURN size(found) AS products, prices, ratings, events,
  COUNT { (:Event)-[:ON]->(:Product) } AS all_events, weeks
