// Title: Where a brand stands in price
// Question: Is a brand dearer or cheaper than its category?
// Title zh: 品牌的价位
// Question zh: 品牌比同类商品贵还是便宜？
// Empty: No listed product with a category, a brand and a price in that currency is in the
//   graph.
// Parameter: currency STRING = "": prices in this currency only; empty for the commonest
// Column: category STRING: name
// Column: brand STRING: name
// Column: currency STRING: of the prices
// Column: products INTEGER: of the brand in the category
// Column: price FLOAT: of these, on average
// Column: index FLOAT: that price over the category's average; above 1 is dearer
CALL () {
  MATCH (p:Product {listed: true})
  WHERE p.price IS NOT NULL AND p.currency IS NOT NULL AND $currency IN ['', p.currency]
  WITH p.currency AS currency, count(*) AS prices
  ORDER BY prices DESC, currency LIMIT 1
  RETURN currency
}
MATCH (c:Category)<-[:IN_CATEGORY]-(p:Product {listed: true, currency: currency})
WHERE p.price IS NOT NULL
WITH c, currency, avg(p.price) AS usual
MATCH (c)<-[:IN_CATEGORY]-(p:Product {listed: true, currency: currency})-[:HAS_BRAND]->(b:Brand)
WHERE p.price IS NOT NULL AND usual > 0
WITH c, currency, usual, b, count(p) AS products, avg(p.price) AS price
RETURN c.name AS category, b.name AS brand, currency, products, round(price, 2) AS price,
  round(price / usual, 2) AS index
ORDER BY category, index DESC, brand
