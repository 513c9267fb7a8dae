// Makes products unlisted that no record describes any more: removes their properties, and their
// learned and derived data. What they cost is kept as an Offer.
// Parameters: keys (sorted), now, run (null for a roll-back, which keeps no history)
// Returns: clusters (keys of clusters that lost a member) of each product
// Index: product_key, offer_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
WHERE NOT EXISTS { (p)<-[:DESCRIBES]-() }
WITH p, coalesce(p.offer_since, p.changed) AS since
FOREACH (each IN CASE WHEN $run IS NOT NULL AND p.listed AND since IS NOT NULL
    THEN [p {.title, .price, .price_amount, .sale_price, .sale_price_amount, .currency,
             .availability_status, .quantity}] ELSE [] END |
  MERGE (o:Offer {key: 'offer:' + substring(p.key, 8) + '@' + since.epochMillis})
  SET o += each, o.product = p.key, o.valid_from = since, o.valid_to = $now, o.run = $run,
    o.withdrawn = true)
SET p = {key: p.key, source: p.source, id: p.id, listed: false}
WITH p
CALL (p) {
  MATCH (p)-[weight:CO_PREFERRED|COMPLEMENTED_BY]-()
  DELETE weight
}
CALL (p) {
  OPTIONAL MATCH (p)-[member:MEMBER_OF]->(c:Cluster)
  DELETE member
  RETURN collect(DISTINCT c.key) AS clusters
}
RETURN clusters
