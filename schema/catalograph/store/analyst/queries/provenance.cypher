// Title: Provenance of a product's facts
// Question: Which record says so, how sure is it, and where in its text does it stand?
// Title zh: 商品事实的出处
// Question zh: 是哪条记录这样说的？有多大把握？在原文的什么位置？
// Empty: The product's key is not in the graph, or it has no fact of that attribute.
// Parameter: product STRING, such as "product:bestbuy:0": key of the product
// Parameter: attribute STRING = "": name of an attribute; empty for all facts
// Column: relation STRING: of the fact
// Column: value STRING: name of its tail, or its key
// Column: origin STRING: ASSERTED by a column, EXTRACTED from a text or IMPUTED by a model
// Column: source STRING: key of the record
// Column: field STRING: text of the record it was read in
// Column: span LIST<INTEGER>: first character and one past the last
// Column: confidence FLOAT: 0 to 1
// Column: run STRING: that wrote it
MATCH (p:Product {key: $product})-[r]->(tail)
WHERE $attribute = '' OR tail.attribute = $attribute
CALL (p, r, tail) {
  MATCH (a:Assertion {key: 'assertion:' + p.key + '\t' + type(r) + '\t' + tail.key})
  MATCH (a)-[s:SUPPORTED_BY]->(source:Source)
  RETURN s {.*} AS s, source
  UNION ALL
  MATCH (p)<-[:DESCRIBES]-(source:Source)
  WHERE r.extractor IS NOT NULL
  RETURN {origin: 'ASSERTED', confidence: 1.0, run: source.run} AS s, source
}
RETURN type(r) AS relation, coalesce(tail.name, tail.title, tail.key) AS value, s.origin AS origin,
  source.key AS source, s.field AS field,
  CASE WHEN s.start IS NULL THEN NULL ELSE [s.start, s.end] END AS span,
  s.confidence AS confidence, s.run AS run
ORDER BY relation, value, source
