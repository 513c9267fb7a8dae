// Title: Facts that no record states any longer
// Question: What was said of a product, from when to when, and is said no more?
// Title zh: 不再有记录支持的事实
// Question zh: 关于一件商品，哪些说法曾经成立，现在没有了？起止时间是什么？
// Empty: No run has withdrawn a fact.
// Parameter: product STRING = "": key of a product; empty for all
// Parameter: since STRING = "": only what was withdrawn from this time on; empty for always
// Parameter: limit INTEGER = 100: facts shown
// Column: head STRING: key of the product
// Column: relation STRING: relation
// Column: tail STRING: key of the brand, category, value or product
// Column: valid_from STRING: start of the run that wrote it
// Column: valid_to STRING: when it was withdrawn
// Column: run STRING: run that withdrew it
// Column: back BOOLEAN: whether a record states it again
MATCH (a:PastAssertion)
WHERE $product IN ['', a.head] AND ($since = '' OR a.valid_to >= datetime($since))
RETURN a.head AS head, a.relation AS relation, a.tail AS tail, toString(a.valid_from) AS valid_from,
  toString(a.valid_to) AS valid_to, a.run AS run,
  EXISTS { (:Assertion {key: 'assertion:' + a.head + '\t' + a.relation + '\t' + a.tail}) } OR EXISTS {
    MATCH (:Product {key: a.head})-[fact]->({key: a.tail})
    WHERE type(fact) = a.relation AND fact.extractor IS NOT NULL
  } AS back
ORDER BY valid_to DESC, head, relation, tail LIMIT $limit
