// Searches by events alone: what a shopper did in the half hour after a query, until the next one.
// Events that respond to a served list are left out, since that list tells more.
// Parameters: kinds (of events that count)
// Returns: key, query, time (milliseconds since 1970), responses (pairs of product key and kind),
//   shopper (key)
// Index: none; an intended full scan
MATCH (u:User)-[:PERFORMED]->(q:Event {kind: 'query'})
WHERE q.query IS NOT NULL AND q.time IS NOT NULL AND NOT EXISTS { (q)-[:RESPONDS_TO]->() } AND
__TRAINS_ON__
WITH u, q, COLLECT {
  MATCH (u)-[:PERFORMED]->(next:Event {kind: 'query'})
  WHERE next.time > q.time
  RETURN min(next.time)
}[0] AS next
WITH u, q, COLLECT {
  MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(p:Product)
  WHERE e.kind IN $kinds AND q.time <= e.time <= q.time + duration({minutes: 30})
    AND (next IS NULL OR e.time < next) AND NOT EXISTS { (e)-[:RESPONDS_TO]->() }
  RETURN DISTINCT [p.key, e.kind]
} AS responses
WHERE responses <> []
RETURN q.key AS key, q.query AS query, q.time.epochMillis AS time, responses,
  u.key AS shopper
ORDER BY q.time, q.key
