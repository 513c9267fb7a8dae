// Title: Missing attributes
// Question: Which products lack an attribute that most products of their category have?
// Title zh: 缺少的属性
// Question zh: 哪些商品缺少同品类多数商品都有的属性？
// Empty: No product of exactly this category lacks an attribute that so many have; products of
//   its children are not counted. `--saved category_coverage` lists the keys of categories with
//   products.
// Parameter: category STRING, such as "category:photo/cameras": key of the category
// Parameter: usual FLOAT = 0.5: share of the category that must have the attribute, 0 to 1
// Column: product STRING: key
// Column: title STRING: title
// Column: missing LIST<STRING>: attributes it lacks, by name
MATCH (:Category {key: $category})<-[:IN_CATEGORY]-(p:Product {listed: true})
WITH collect(p) AS products
UNWIND products AS p
MATCH (p)-[:HAS_VALUE]->(v:Value)
WITH products, v.attribute AS attribute, count(DISTINCT p) AS holders
WHERE holders >= $usual * size(products)
WITH products, collect(attribute) AS usual
UNWIND products AS p
WITH p, usual, COLLECT { MATCH (p)-[:HAS_VALUE]->(v:Value) RETURN v.attribute } AS has
WITH p, [attribute IN usual WHERE NOT attribute IN has] AS missing
WHERE size(missing) > 0
UNWIND missing AS attribute
WITH p, attribute ORDER BY attribute
RETURN p.key AS product, p.title AS title, collect(attribute) AS missing
ORDER BY size(missing) DESC, product
