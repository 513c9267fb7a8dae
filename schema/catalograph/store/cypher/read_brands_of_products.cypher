// Imputed facts are left out: they are suppositions.
// Parameters: keys (of products)
// Returns: product (key), brand
// Index: product_key, assertion_key
UNWIND $keys AS key
MATCH (p:Product {key: key})-[:HAS_BRAND]->(b:Brand)
WHERE EXISTS {
  MATCH (:Assertion {key: 'assertion:' + key + '\tHAS_BRAND\t' + b.key})-[s:SUPPORTED_BY]->()
  WHERE s.origin <> 'IMPUTED'
}
WITH key, b ORDER BY b.key
RETURN key AS product, b {.key, .name} AS brand
