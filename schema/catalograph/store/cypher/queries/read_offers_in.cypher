// Prices and availability of products that held at some time of a period.
// Parameters: keys (of products), begin, end (of the period)
// Returns: product, title, record (key of the record that describes the product), price,
//   sale_price (exact, as text where it is known), currency, availability (its status), valid_from,
//   valid_to (null for what holds now), by product and time
// Index: product_key, offer_product
UNWIND $keys AS key
MATCH (p:Product {key: key})
CALL (p) {
  MATCH (o:Offer {product: p.key})
  WHERE o.valid_from < $end AND o.valid_to > $begin AND NOT coalesce(o.withdrawn, false)
  RETURN o.price AS number, o.price_amount AS exact, o.sale_price AS sale,
    o.sale_price_amount AS exact_sale, o.currency AS currency,
    o.availability_status AS status, o.valid_from AS valid_from, o.valid_to AS valid_to
  UNION ALL
  WITH p
  WHERE p.listed AND coalesce(p.offer_since, p.changed) < $end
  RETURN p.price AS number, p.price_amount AS exact, p.sale_price AS sale,
    p.sale_price_amount AS exact_sale, p.currency AS currency,
    p.availability_status AS status, coalesce(p.offer_since, p.changed) AS valid_from, null AS valid_to
}
WITH p, number, exact, sale, exact_sale, currency, status, valid_from, valid_to
WHERE number IS NOT NULL OR status IS NOT NULL
RETURN p.key AS product, p.title AS title,
  COLLECT { MATCH (p)<-[:DESCRIBES]-(s:Source) RETURN s.key ORDER BY s.key }[0] AS record,
  coalesce(exact, toString(number)) AS price, coalesce(exact_sale, toString(sale)) AS sale_price,
  currency, status AS availability, valid_from, valid_to
ORDER BY product, valid_from
