// Title: Category coverage
// Question: How complete are the products of each category?
// Title zh: 品类的资料完整度
// Question zh: 各品类的商品资料有多完整？
// Empty: No listed product has a category.
// Column: category STRING: key
// Column: products INTEGER: listed in it
// Column: priced FLOAT: share with a price
// Column: described FLOAT: share with a description
// Column: branded FLOAT: share with a brand
// Column: pictured FLOAT: share with a picture
// Column: values FLOAT: attribute values a product, on average
MATCH (c:Category)<-[:IN_CATEGORY]-(p:Product {listed: true})
RETURN c.key AS category, count(p) AS products,
  round(1.0 * count(p.price) / count(p), 2) AS priced,
  round(1.0 * count(p.description) / count(p), 2) AS described,
  round(avg(CASE WHEN EXISTS { (p)-[:HAS_BRAND]->() } THEN 1.0 ELSE 0.0 END), 2) AS branded,
  round(1.0 * count(p.image_url) / count(p), 2) AS pictured,
  round(avg(COUNT { (p)-[:HAS_VALUE]->() }), 2) AS values
ORDER BY products DESC, category
