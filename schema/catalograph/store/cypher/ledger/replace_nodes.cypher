// Nodes that a record describes. The given properties replace all old ones of the feed (`blank`),
// unless another record describes the same node: then properties missing here are kept. A price,
// availability or quantity that a run changes is kept as an Offer.
// Parameters: rows (key, properties, source; sorted by key), blank (all properties, null), now, run
//   (null for a roll-back, which keeps no history)
// Returns: nothing
// Index: the key of the label, source_key, offer_key
UNWIND $rows AS row
MERGE (n:__LABEL__ {key: row.key})
WITH n, row, coalesce(n.offer_since, CASE WHEN n.listed THEN n.changed END) AS since,
  n {.title, .price, .price_amount, .sale_price, .sale_price_amount, .currency,
     .availability_status, .quantity} AS before
SET n += CASE
    WHEN n.listed IS NULL
      OR EXISTS { MATCH (n)<-[:DESCRIBES]-(other) WHERE other.key <> row.source }
    THEN {} ELSE $blank END,
  n += row.properties, n.changed = $now
WITH n, row, since, before,
  [x IN [n.price, n.currency, n.sale_price, n.availability_status, n.quantity] |
    coalesce(toString(x), '')] <>
  [x IN [before.price, before.currency, before.sale_price, before.availability_status,
    before.quantity] | coalesce(toString(x), '')] AS differs
FOREACH (each IN CASE WHEN differs AND since IS NOT NULL AND $run IS NOT NULL
    THEN [before] ELSE [] END |
  MERGE (o:Offer {key: 'offer:' + substring(n.key, 8) + '@' + since.epochMillis})
  SET o += each, o.product = n.key, o.valid_from = since, o.valid_to = $now, o.run = $run)
SET n += CASE
    WHEN since IS NULL OR (differs AND $run IS NOT NULL) THEN {offer_since: $now}
    ELSE {} END
WITH n, row
MATCH (s:Source {key: row.source})
MERGE (s)-[:DESCRIBES]->(n)
