// Takes back the history that a run wrote: one batch of offers; the product's present state began
// when the offer did.
// Parameters: run, limit
// Returns: n (number of offers removed)
// Index: offer_run, product_key
MATCH (o:Offer {run: $run})
WITH o LIMIT $limit
OPTIONAL MATCH (p:Product {key: o.product})
WHERE p.listed AND p.offer_since > o.valid_from
WITH p, min(o.valid_from) AS since, collect(o) AS offers
FOREACH (each IN CASE WHEN p IS NULL THEN [] ELSE [p] END | SET each.offer_since = since)
FOREACH (o IN offers | DELETE o)
RETURN sum(size(offers)) AS n
