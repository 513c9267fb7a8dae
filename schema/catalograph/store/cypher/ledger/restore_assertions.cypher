// Moves supports from edges back to assertions, for the given products and those that the given
// records describe. Costs one look at a graph that was never compressed.
// Parameters: products (keys), sources (keys), relations (types of facts)
// Returns: restored (number of assertions)
// Index: graphstate_key, product_key, source_key
MATCH (g:GraphState {key: 'graph-state:schema'})
WHERE g.inlined
CALL () {
  UNWIND $products AS key
  MATCH (p:Product {key: key})
  RETURN p
  UNION
  UNWIND $sources AS key
  MATCH (:Source {key: key})-[:DESCRIBES]->(p:Product)
  RETURN p
}
WITH p ORDER BY p.key
SET p.key = p.key
WITH p
MATCH (p)<-[:DESCRIBES]-(s:Source)
MATCH (p)-[r]->(t)
WHERE type(r) IN $relations AND r.extractor IS NOT NULL
CREATE (a:Assertion {key: 'assertion:' + p.key + '\t' + type(r) + '\t' + t.key})-[:SUPPORTED_BY {
  origin: 'ASSERTED', confidence: 1.0, extractor: r.extractor, version: r.version, run: s.run,
  original: r.original, rule: r.rule, said: r.said
}]->(s)
SET r = {}
RETURN count(a) AS restored
