// Served lists of searches, each with what shoppers did with their items. A cart or purchase of the
// same shopper and product within a day of a response counts as a response, too.
// Parameters: none
// Returns: key, query, time (milliseconds since 1970), items (product keys in the order shown),
//   first (place of the first item), responses (pairs of product key and event kind),
//   shoppers (keys of those who responded, with '' for unknown ones)
// Index: none; an intended full scan
MATCH (s:Served)
WHERE s.query IS NOT NULL
WITH s, COLLECT {
  MATCH (s)<-[:RESPONDS_TO]-(e:Event)-[:ON]->(p:Product)
  OPTIONAL MATCH (e)<-[:PERFORMED]-(u:User)
  WITH e, p, u
  WHERE u IS NULL OR
__TRAINS_ON__
  RETURN DISTINCT [p.key, e.kind]
} AS direct, COLLECT {
  MATCH (s)<-[:RESPONDS_TO]-(e:Event)-[:ON]->(p:Product)
  MATCH (e)<-[:PERFORMED]-(u:User)-[:PERFORMED]->(later:Event)-[:ON]->(p)
  WHERE later.kind IN ['cart', 'purchase']
    AND e.time <= later.time <= e.time + duration({days: 1}) AND
__TRAINS_ON__
  RETURN DISTINCT [p.key, later.kind]
} AS later, COLLECT {
  MATCH (s)<-[:RESPONDS_TO]-(e:Event)
  OPTIONAL MATCH (e)<-[:PERFORMED]-(u:User)
  RETURN DISTINCT coalesce(u.key, '')
} AS shoppers
RETURN s.key AS key, s.query AS query, s.time.epochMillis AS time, s.items AS items,
  coalesce(s.first, 0) AS first, direct + later AS responses,
  shoppers
ORDER BY s.time, s.key
