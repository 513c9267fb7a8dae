// Interactions of shoppers whose data may be used for training: events of the given kinds, and reviews with enough stars or none, except for
// products that the user dismissed.
// Parameters: kinds (event kinds), minimum_rating, until (null, or the time after which nothing
//   counts; what has no time counts)
// Returns: user (key), products (of listed products in no order: key and time of the latest one, in
//   seconds since 1970, -1 if unknown)
// Index: none; an intended full scan
MATCH (u:User)
WHERE
__TRAINS_ON__
WITH u, COLLECT {
  MATCH (u)-[:PERFORMED]->(e:Event {kind: 'dismiss'})-[:ON]->(p:Product)
  WHERE $until IS NULL OR coalesce(e.time <= $until, true)
  RETURN p
} AS dismissed
CALL (u, dismissed) {
  MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(p:Product)
  WHERE e.kind IN $kinds AND p.listed AND NOT p IN dismissed
    AND ($until IS NULL OR coalesce(e.time <= $until, true))
  RETURN p, e.time AS time
  UNION ALL
  MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(p:Product)
  WHERE coalesce(r.rating, $minimum_rating) >= $minimum_rating AND p.listed AND NOT p IN dismissed
    AND ($until IS NULL OR coalesce(r.time <= $until, true))
  RETURN p, r.time AS time
}
WITH u, p, max(time) AS time
RETURN u.key AS user, collect([p.key, coalesce(time.epochSeconds, -1)]) AS products
