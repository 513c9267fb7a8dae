// Products that were bought at one time: by one shopper on one day.
// Parameters: none
// Returns: products (keys of at least two listed ones, distinct, in no order)
// Index: none; an intended full scan
MATCH (u:User)-[:PERFORMED]->(e:Event {kind: 'purchase'})-[:ON]->(p:Product)
WHERE p.listed AND e.time IS NOT NULL AND
__TRAINS_ON__
WITH u, date(e.time) AS day, collect(DISTINCT p.key) AS products
WHERE size(products) > 1
RETURN products
