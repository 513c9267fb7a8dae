// Title: Products that a catalogue withdrew
// Question: Which products are gone from the feeds, and since when?
// Title zh: 目录撤下的商品
// Question zh: 哪些商品从商品源中消失了？什么时候？
// Empty: No run has withdrawn a product.
// Parameter: since STRING = "": only what was withdrawn from this time on; empty for always
// Parameter: limit INTEGER = 100: products shown
// Column: product STRING: key
// Column: title STRING: last title
// Column: withdrawn STRING: when
// Column: run STRING: run that withdrew it
// Column: price FLOAT: last price
// Column: currency STRING: of the price
// Column: back BOOLEAN: whether a catalogue has it again
MATCH (o:Offer {withdrawn: true})
WHERE $since = '' OR o.valid_to >= datetime($since)
RETURN o.product AS product, o.title AS title, toString(o.valid_to) AS withdrawn, o.run AS run,
  o.price AS price, o.currency AS currency,
  EXISTS { (:Product {key: o.product, listed: true}) } AS back
ORDER BY withdrawn DESC, product LIMIT $limit
