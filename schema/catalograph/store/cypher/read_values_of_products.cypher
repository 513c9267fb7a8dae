// Imputed facts are left out: they are suppositions.
// Parameters: keys (of products)
// Returns: product (key), value
// Index: product_key, assertion_key
UNWIND $keys AS key
MATCH (p:Product {key: key})-[:HAS_VALUE]->(v:Value)
WHERE EXISTS {
  MATCH (:Assertion {key: 'assertion:' + key + '\tHAS_VALUE\t' + v.key})-[s:SUPPORTED_BY]->()
  WHERE s.origin <> 'IMPUTED'
}
WITH key, v ORDER BY v.key
RETURN key AS product, v {.key, .attribute, .name, .number, .unit} AS value
