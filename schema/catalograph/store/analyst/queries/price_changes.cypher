// Title: Price changes
// Question: Which products became cheaper or dearer, and by how much?
// Title zh: 价格变动
// Question zh: 哪些商品降价或涨价了？幅度多大？
// Empty: No run has changed a price.
// Parameter: since STRING = "": only changes from this time on; empty for always
// Parameter: limit INTEGER = 100: changes shown
// Column: product STRING: key
// Column: title STRING: title
// Column: changed STRING: when
// Column: before FLOAT: price before
// Column: after FLOAT: price after
// Column: currency STRING: of both
// Column: share FLOAT: change over the price before; below 0 is cheaper
MATCH (o:Offer)
WHERE o.price > 0 AND coalesce(o.withdrawn, false) = false
  AND ($since = '' OR o.valid_to >= datetime($since))
OPTIONAL MATCH (next:Offer {product: o.product})
WHERE next.valid_from = o.valid_to
OPTIONAL MATCH (p:Product {key: o.product})
WITH o, CASE WHEN next IS NULL THEN p.price ELSE next.price END AS after,
  CASE WHEN next IS NULL THEN p.currency ELSE next.currency END AS currency
WHERE after <> o.price AND coalesce(currency, '') = coalesce(o.currency, '')
RETURN o.product AS product, o.title AS title, toString(o.valid_to) AS changed, o.price AS before, after,
  currency, round(after / o.price - 1, 4) AS share
ORDER BY changed DESC, product LIMIT $limit
