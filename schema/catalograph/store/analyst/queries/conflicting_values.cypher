// Title: Conflicting values by source
// Question: Where do records disagree on an attribute of what is one and the same product?
// Empty: No product or cluster of the same products has two values of one attribute. Clusters
//   come from `catalograph resolve run`.
// Parameter: attribute STRING = "": name of an attribute; empty for all
// Column: attribute STRING: name
// Column: products LIST<STRING>: keys of the products, one or those of a cluster
// Column: said LIST<MAP>: each value with the sources that state it
MATCH (p:Product)-[:HAS_VALUE]->(v:Value)
WHERE $attribute = '' OR v.attribute = $attribute
OPTIONAL MATCH (p)-[:MEMBER_OF]->(c:Cluster {kind: 'same'})
WITH coalesce(c.key, p.key) AS thing, v.attribute AS attribute, p, v
MATCH (a:Assertion {key: 'assertion:' + p.key + '\tHAS_VALUE\t' + v.key})
MATCH (a)-[:SUPPORTED_BY]->(s:Source)
WITH thing, attribute, v.name AS value, p.key AS product, s.source AS source
ORDER BY value, product, source
WITH thing, attribute, value, collect(DISTINCT product) AS products,
  collect(DISTINCT source) AS sources
WITH thing, attribute, collect({value: value, sources: sources}) AS said,
  reduce(keys = [], some IN collect(products) | keys + some) AS products
WHERE size(said) > 1
UNWIND products AS product
WITH DISTINCT attribute, said, thing, product ORDER BY product
RETURN attribute, collect(product) AS products, said
ORDER BY attribute, products
