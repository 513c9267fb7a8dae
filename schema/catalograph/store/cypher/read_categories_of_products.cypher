// Imputed facts are left out: they are suppositions.
// Parameters: keys (of products)
// Returns: product (key), category
// Index: product_key, assertion_key
UNWIND $keys AS key
MATCH (p:Product {key: key})-[:IN_CATEGORY]->(c:Category)
WHERE EXISTS {
  MATCH (:Assertion {key: 'assertion:' + key + '\tIN_CATEGORY\t' + c.key})-[s:SUPPORTED_BY]->()
  WHERE s.origin <> 'IMPUTED'
}
WITH key, c ORDER BY c.key
RETURN key AS product, c {.key, .name, .path} AS category
