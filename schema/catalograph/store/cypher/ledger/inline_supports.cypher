// Moves the only support of asserted facts from an assertion to the edge, product by product. The
// product must be described by one record alone, and the support must be what that record's column
// states with certainty in the run that wrote the record, so that the edge need not repeat it. Keys
// are set to lock nodes before they are read.
// Parameters: after (key of the last product of the batch before), limit, relations (types of facts)
// Returns: products (number in this batch), last (key), facts (supports moved), letters (sum of the
//   lengths of the keys of their assertions)
// Index: product_key, assertion_key
MATCH (p:Product)
WHERE p.key > $after
WITH p ORDER BY p.key LIMIT $limit
CALL (p) {
  SET p.key = p.key
  WITH p
  MATCH (p)<-[:DESCRIBES]-(s:Source)
  WITH p, collect(s) AS sources
  WHERE size(sources) = 1
  WITH p, sources[0] AS s
  SET s.key = s.key
  WITH p, s
  MATCH (p)-[r]->(t)
  WHERE type(r) IN $relations
  MATCH (a:Assertion {key: 'assertion:' + p.key + '\t' + type(r) + '\t' + t.key})
  SET a.key = a.key
  WITH s, r, a, COLLECT { MATCH (a)-[u:SUPPORTED_BY]->() RETURN u } AS supports
  WHERE size(supports) = 1
  WITH s, r, a, supports[0] AS u
  WHERE endNode(u) = s AND u.run = s.run AND u.origin = 'ASSERTED' AND u.confidence = 1.0
    AND u.field IS NULL AND u.start IS NULL AND u.end IS NULL AND u.model IS NULL
    AND u.prompt_hash IS NULL
  SET r = {
    extractor: u.extractor, version: u.version, original: u.original, rule: u.rule, said: u.said
  }
  WITH a, size(a.key) AS letters
  DETACH DELETE a
  RETURN count(*) AS facts, sum(letters) AS letters
}
RETURN count(p) AS products, max(p.key) AS last, sum(facts) AS facts, sum(letters) AS letters
