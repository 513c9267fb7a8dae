// Title: Conflicting values by source
// Question: Where do records disagree on an attribute of what is one and the same product?
// Title zh: 来源之间矛盾的值
// Question zh: 同一商品的哪个属性，各条记录说法不一？
// Empty: No product or cluster of the same products has two values of one attribute that no
//   record has all of. Clusters come from `catalograph resolve run`; imputed values do not count.
// Parameter: attribute STRING = "": name of an attribute; empty for all
// Column: attribute STRING: name
// Column: products LIST<STRING>: keys of the products, one or those of a cluster
// Column: said LIST<MAP>: each value with the sources that state it
MATCH (p:Product)-[fact:HAS_VALUE]->(v:Value)
WHERE $attribute = '' OR v.attribute = $attribute
OPTIONAL MATCH (p)-[:MEMBER_OF]->(c:Cluster {kind: 'same'})
WITH coalesce(c.key, p.key) AS thing, v.attribute AS attribute, p, fact, v
CALL (p, fact, v) {
  MATCH (:Assertion {key: 'assertion:' + p.key + '\tHAS_VALUE\t' + v.key})
    -[support:SUPPORTED_BY]->(s:Source)
  WHERE support.origin <> 'IMPUTED'
  RETURN s
  UNION ALL
  MATCH (p)<-[:DESCRIBES]-(s:Source)
  WHERE fact.extractor IS NOT NULL
  RETURN s
}
WITH thing, attribute, v.name AS value, p.key AS product, s ORDER BY value, product, s.source
WITH thing, attribute, value, collect(DISTINCT product) AS products,
  collect(DISTINCT s.source) AS sources, collect(DISTINCT s.key) AS records
WITH thing, attribute, collect({value: value, sources: sources}) AS said,
  reduce(keys = [], some IN collect(products) | keys + some) AS products,
  collect(records) AS stated
WHERE size(said) > 1
  AND NOT any(record IN stated[0] WHERE all(records IN stated WHERE record IN records))
UNWIND products AS product
WITH DISTINCT thing, attribute, said, product ORDER BY product
WITH thing, attribute, said, collect(product) AS products
RETURN attribute, products, said
ORDER BY attribute, products
