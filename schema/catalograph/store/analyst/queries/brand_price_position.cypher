// Title: Where a brand stands in price
// Question: Is a brand dearer or cheaper than its category?
// Parameter: currency STRING = "EUR": prices in this currency only
// Column: category STRING: name
// Column: brand STRING: name
// Column: products INTEGER: of the brand in the category
// Column: price FLOAT: of these, on average
// Column: index FLOAT: that price over the category's average; above 1 is dearer
MATCH (c:Category)<-[:IN_CATEGORY]-(p:Product {listed: true, currency: $currency})
WHERE p.price IS NOT NULL
WITH c, avg(p.price) AS usual
MATCH (c)<-[:IN_CATEGORY]-(p:Product {listed: true, currency: $currency})-[:HAS_BRAND]->(b:Brand)
WHERE p.price IS NOT NULL AND usual > 0
WITH c, usual, b, count(p) AS products, avg(p.price) AS price
RETURN c.name AS category, b.name AS brand, products, round(price, 2) AS price,
  round(price / usual, 2) AS index
ORDER BY category, index DESC, brand
