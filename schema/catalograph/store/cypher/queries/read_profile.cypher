// Profile of a shopper from their events and reviews.
// Parameters: user (key), kinds (event kinds that are interactions), first (names of each kind),
//   chosen (latest products at most)
// Returns: no row for an unknown shopper, else one: events (kind, count), reviews, rating,
//   first_seen, last_seen, products, prices as of an overview, brands,
//   categories and values (key, name, count), latest (key, title, kind, time of the latest event or
//   review)
// Index: user_key
MATCH (u:User {key: $user})
CALL (u) {
  MATCH (u)-[:PERFORMED]->(e:Event)
  WITH e.kind AS kind, count(e) AS count, min(e.time) AS first, max(e.time) AS last ORDER BY kind
  RETURN collect({kind: kind, count: count}) AS events, min(first) AS first_seen,
    max(last) AS last_seen
}
CALL (u) {
  MATCH (u)-[:WROTE]->(r:Review)
  RETURN count(r) AS reviews, avg(r.rating) AS rating
}
CALL (u) {
  CALL (u) {
    MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(p:Product) WHERE e.kind IN $kinds
    RETURN p
    UNION
    MATCH (u)-[:WROTE]->(:Review)-[:REVIEWS]->(p:Product)
    RETURN p
  }
  RETURN collect(DISTINCT p) AS chosen
}
CALL (u) {
  CALL (u) {
    MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(p:Product) WHERE e.kind IN $kinds
    RETURN p, e.kind AS kind, e.time AS time
    UNION ALL
    MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(p:Product)
    RETURN p, 'review' AS kind, r.time AS time
  }
  WITH p, kind, time ORDER BY coalesce(time, datetime({epochSeconds: 0})) DESC, kind
  WITH p, collect({kind: kind, time: time})[0] AS last
  ORDER BY coalesce(last.time, datetime({epochSeconds: 0})) DESC, p.key LIMIT $chosen
  RETURN collect({
    key: p.key, title: coalesce(p.title, p.name, p.id), kind: last.kind, time: last.time
  }) AS latest
}
CALL (chosen) {
  UNWIND chosen AS p
  WITH coalesce(p.currency, '') AS currency, p.price AS price WHERE price IS NOT NULL
  WITH currency, count(*) AS count, min(price) AS low, percentileCont(price, 0.25) AS first,
    percentileCont(price, 0.5) AS middle, percentileCont(price, 0.75) AS third, max(price) AS high
  ORDER BY count DESC, currency
  RETURN collect({currency: currency, count: count, quartiles: [low, first, middle, third, high]})
    AS prices
}
CALL (chosen) {
  UNWIND chosen AS p
  MATCH (p)-[:HAS_BRAND]->(b:Brand)
  WITH b, count(*) AS count ORDER BY count DESC, b.key LIMIT $first
  RETURN collect({key: b.key, name: b.name, count: count}) AS brands
}
CALL (chosen) {
  UNWIND chosen AS p
  MATCH (p)-[:IN_CATEGORY]->(c:Category)
  WITH c, count(*) AS count ORDER BY count DESC, c.key LIMIT $first
  RETURN collect({key: c.key, name: c.name, count: count}) AS categories
}
CALL (chosen) {
  UNWIND chosen AS p
  MATCH (p)-[:HAS_VALUE]->(v:Value)
  WITH v, count(*) AS count ORDER BY count DESC, v.key LIMIT $first
  RETURN collect({key: v.key, name: v.attribute + ': ' + v.name, count: count}) AS values
}
RETURN events, reviews, rating, first_seen, last_seen, size(chosen) AS products, prices, brands,
  categories, values, latest
