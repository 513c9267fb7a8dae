// What shoppers chose for the first time after a moment, to judge models by.
// Parameters: kinds (event kinds), minimum_rating, after, until (times)
// Returns: user (key), since (time of the user's first interaction, in seconds since 1970, -1 where
//   one has no time), products (of listed products first chosen in the time: key, time of the first
//   choice, whether an event on it responds to a served list)
// Index: none; an intended full scan
CALL () {
  MATCH (u:User)-[:PERFORMED]->(e:Event)
  WHERE e.time > $after AND e.time <= $until AND e.kind IN $kinds
  RETURN u
  UNION
  MATCH (u:User)-[:WROTE]->(r:Review)
  WHERE r.time > $after AND r.time <= $until
  RETURN u
}
WITH u
WHERE
__TRAINS_ON__
CALL (u) {
  MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(p:Product)
  WHERE e.kind IN $kinds
  RETURN p, coalesce(e.time.epochSeconds, -1) AS time,
    CASE WHEN EXISTS { (e)-[:RESPONDS_TO]->(:Served) } THEN 1 ELSE 0 END AS responded
  UNION ALL
  MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(p:Product)
  WHERE coalesce(r.rating, $minimum_rating) >= $minimum_rating
  RETURN p, coalesce(r.time.epochSeconds, -1) AS time, 0 AS responded
}
WITH u, p, min(time) AS first, max(responded) = 1 AS responded
WITH u, min(first) AS since,
  collect(CASE WHEN p.listed AND first > $after.epochSeconds AND first <= $until.epochSeconds
    THEN [p.key, first, responded] END) AS products
WHERE size(products) > 0
RETURN u.key AS user, since, products
