// Title: Price bands by category
// Question: How are the prices of a category spread?
// Parameter: currency STRING = "EUR": prices in this currency only
// Parameter: least INTEGER = 1: products a category must have
// Column: category STRING: path
// Column: products INTEGER: with a price
// Column: lowest FLOAT: price
// Column: quarter FLOAT: a quarter of the products cost at most this
// Column: median FLOAT: half of them do
// Column: three_quarters FLOAT: three quarters of them do
// Column: highest FLOAT: price
MATCH (c:Category)<-[:IN_CATEGORY]-(p:Product {listed: true})
WHERE p.price IS NOT NULL AND p.currency = $currency
WITH c, count(p) AS products, min(p.price) AS lowest, percentileCont(p.price, 0.25) AS quarter,
  percentileCont(p.price, 0.5) AS median, percentileCont(p.price, 0.75) AS three_quarters,
  max(p.price) AS highest
WHERE products >= $least
RETURN reduce(text = '', name IN c.path | text + CASE text WHEN '' THEN '' ELSE ' > ' END + name)
  AS category, products, lowest, quarter, median, three_quarters, highest
ORDER BY products DESC, category
