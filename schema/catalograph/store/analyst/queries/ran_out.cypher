// Title: Products that ran out
// Question: Which products could be bought, and then no more?
// Title zh: 售罄的商品
// Question zh: 哪些商品原来能买到，后来买不到了？
// Empty: No run found a product out of stock that was in stock before.
// Parameter: since STRING = "": only what ran out from this time on; empty for always
// Parameter: limit INTEGER = 100: products shown
// Column: product STRING: key
// Column: title STRING: title
// Column: ran_out STRING: when a run found it so
// Column: from_status STRING: availability before
// Column: to_status STRING: availability after
// Column: quantity_before INTEGER: pieces in stock before
// Column: back BOOLEAN: whether it can be bought again now
WITH ['IN_STOCK', 'LIMITED', 'IN_STORE_ONLY'] AS there, ['OUT_OF_STOCK', 'DISCONTINUED'] AS gone
MATCH (o:Offer)
WHERE o.availability_status IN there AND coalesce(o.withdrawn, false) = false
  AND ($since = '' OR o.valid_to >= datetime($since))
OPTIONAL MATCH (next:Offer {product: o.product})
WHERE next.valid_from = o.valid_to
OPTIONAL MATCH (p:Product {key: o.product})
WITH there, gone, o, p,
  coalesce(next.availability_status, p.availability_status) AS after
WHERE after IN gone
RETURN o.product AS product, o.title AS title, toString(o.valid_to) AS ran_out,
  o.availability_status AS from_status, after AS to_status, o.quantity AS quantity_before,
  coalesce(p.availability_status IN there, false) AS back
ORDER BY ran_out DESC, product LIMIT $limit
