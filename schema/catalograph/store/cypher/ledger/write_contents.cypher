// Writes generated texts of one product in place of earlier ones of the same kind, language,
// audience and tone, and connects them with what they rest on. The records are locked first, so that
// a concurrent change of one either is seen here or removes the texts. A text whose sources changed
// since they were read is not written.
// Parameters: product (key), kind, language, audience, tone, rows (key, properties, sources (pairs of
//   key and content hash of records, sorted by key), assertions (keys))
// Returns: key of each text written
// Index: content_product, source_key, assertion_key, product_key, content_key
CALL () {
  UNWIND $rows AS row
  UNWIND row.sources AS source
  WITH DISTINCT source[0] AS key ORDER BY key
  MATCH (s:Source {key: key})
  SET s.key = key
  RETURN count(s) AS locked
}
CALL () {
  MATCH (c:Content {product: $product})
  WHERE c.kind = $kind AND c.language = $language AND c.audience = $audience AND c.tone = $tone
  DETACH DELETE c
  RETURN count(*) AS replaced
}
MATCH (p:Product {key: $product})
UNWIND $rows AS row
MERGE (c:Content {key: row.key})
SET c = row.properties, c.key = row.key
MERGE (c)-[:WRITTEN_FOR]->(p)
WITH c, row
CALL (c, row) {
  UNWIND row.sources AS source
  MATCH (s:Source {key: source[0]})
  MERGE (c)-[r:RESTS_ON]->(s)
  SET r.content_hash = source[1]
  RETURN count(*) AS sources
}
CALL (c, row) {
  UNWIND row.assertions AS key
  MATCH (a:Assertion {key: key})
  MERGE (c)-[:RESTS_ON]->(a)
  RETURN count(*) AS assertions
}
WITH DISTINCT c
__CONTENT_HOLDS__
WITH c, c.key AS key, holds
FOREACH (each IN CASE WHEN holds THEN [] ELSE [c] END | DETACH DELETE each)
WITH key, holds WHERE holds
RETURN key
