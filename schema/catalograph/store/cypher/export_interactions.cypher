// Who took to what: events of the wanted kinds, and reviews with enough stars or none.
// Parameters: kinds (event kinds), minimum_rating
// Returns: user (key), products (keys of listed products, in no order)
// Index: none; a scan by intent
MATCH (u:User)
CALL (u) {
  MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(p:Product)
  WHERE e.kind IN $kinds AND p.listed
  RETURN p
  UNION
  MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(p:Product)
  WHERE coalesce(r.rating, $minimum_rating) >= $minimum_rating AND p.listed
  RETURN p
}
RETURN u.key AS user, collect(DISTINCT p.key) AS products
