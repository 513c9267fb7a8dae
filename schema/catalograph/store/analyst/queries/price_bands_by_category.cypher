// Title: Price bands by category
// Question: How are the prices of a category spread?
// Title zh: 各品类的价格区间
// Question zh: 一个品类的价格如何分布？
// Empty: No category has so many listed products with a price in that currency.
// Parameter: currency STRING = "": prices in this currency only; empty for the commonest
// Parameter: least INTEGER = 1: products a category must have
// Column: category STRING: path
// Column: currency STRING: of the prices
// Column: products INTEGER: with a price
// Column: lowest FLOAT: price
// Column: quarter FLOAT: a quarter of the products cost at most this
// Column: median FLOAT: half of them do
// Column: three_quarters FLOAT: three quarters of them do
// Column: highest FLOAT: price
CALL () {
  MATCH (p:Product {listed: true})
  WHERE p.price IS NOT NULL AND p.currency IS NOT NULL AND $currency IN ['', p.currency]
  WITH p.currency AS currency, count(*) AS prices
  ORDER BY prices DESC, currency LIMIT 1
  RETURN currency
}
MATCH (c:Category)<-[:IN_CATEGORY]-(p:Product {listed: true, currency: currency})
WHERE p.price IS NOT NULL
WITH c, currency, count(p) AS products, min(p.price) AS lowest, percentileCont(p.price, 0.25) AS quarter,
  percentileCont(p.price, 0.5) AS median, percentileCont(p.price, 0.75) AS three_quarters,
  max(p.price) AS highest
WHERE products >= $least
RETURN reduce(text = '', name IN c.path | text + CASE text WHEN '' THEN '' ELSE ' > ' END + name)
  AS category, currency, products, lowest, quarter, median, three_quarters, highest
ORDER BY products DESC, category
