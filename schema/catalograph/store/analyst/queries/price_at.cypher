// Title: What products cost at a time
// Question: What did a product, or the products of a brand, cost in March?
// Title zh: 某一时刻的价格
// Question zh: 某件商品或某个品牌的商品，在三月份卖多少钱？
// Empty: No product of that key or brand had a price then; the history begins with the run that
//   wrote a product first.
// Parameter: time STRING = "": a time such as 2026-03-15T12:00:00Z; empty for now
// Parameter: product STRING = "": key of a product; empty for all
// Parameter: brand STRING = "": key of a brand; empty for all
// Parameter: limit INTEGER = 100: products shown
// Column: product STRING: key
// Column: title STRING: title
// Column: price FLOAT: price then
// Column: sale_price FLOAT: reduced price then
// Column: currency STRING: of the prices
// Column: availability STRING: whether it could be bought then
// Column: quantity INTEGER: pieces in stock then
// Column: valid_from STRING: since when it was so
// Column: valid_to STRING: until when it was so; empty for what is so now
WITH CASE WHEN $time = '' THEN datetime() ELSE datetime($time) END AS time
CALL (time) {
  MATCH (o:Offer)
  WHERE $product IN ['', o.product] AND o.valid_from <= time AND time < o.valid_to
  RETURN o.product AS product, o.title AS title, o.price AS price, o.sale_price AS sale_price,
    o.currency AS currency, o.availability_status AS availability, o.quantity AS quantity,
    o.valid_from AS valid_from, o.valid_to AS valid_to
  UNION ALL
  MATCH (p:Product {listed: true})
  WHERE $product IN ['', p.key] AND coalesce(p.offer_since, p.changed) <= time
  RETURN p.key AS product, p.title AS title, p.price AS price, p.sale_price AS sale_price,
    p.currency AS currency, p.availability_status AS availability, p.quantity AS quantity,
    coalesce(p.offer_since, p.changed) AS valid_from, null AS valid_to
}
WITH product, title, price, sale_price, currency, availability, quantity, valid_from, valid_to
WHERE price IS NOT NULL
  AND ($brand = '' OR EXISTS { (:Product {key: product})-[:HAS_BRAND]->(:Brand {key: $brand}) })
RETURN product, title, price, sale_price, currency, availability, quantity,
  toString(valid_from) AS valid_from, toString(valid_to) AS valid_to
ORDER BY product LIMIT $limit
