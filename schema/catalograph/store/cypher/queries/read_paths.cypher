// The shortest paths between two nodes over facts, at most four steps long.
// Parameters: head, tail (keys), relations (that may be followed), least and imputed as of
//   read_neighbourhood, first
// Returns: nodes (key, name) and edges as of read_neighbourhood of each path, shortest first
// Index: product_key, brand_key, category_key, attribute_key, value_key, assertion_key
CALL () {
  MATCH (a:Product {key: $head}) RETURN a
  UNION MATCH (a:Brand {key: $head}) RETURN a
  UNION MATCH (a:Category {key: $head}) RETURN a
  UNION MATCH (a:Attribute {key: $head}) RETURN a
  UNION MATCH (a:Value {key: $head}) RETURN a
}
CALL () {
  MATCH (b:Product {key: $tail}) RETURN b
  UNION MATCH (b:Brand {key: $tail}) RETURN b
  UNION MATCH (b:Category {key: $tail}) RETURN b
  UNION MATCH (b:Attribute {key: $tail}) RETURN b
  UNION MATCH (b:Value {key: $tail}) RETURN b
}
WITH a, b WHERE a <> b
MATCH path = ALL SHORTEST (a)
  ((x)-[r:HAS_BRAND|IN_CATEGORY|HAS_VALUE|ALSO_BOUGHT|ALSO_VIEWED|BOUGHT_TOGETHER|COMPATIBLE_WITH
          |PART_OF|USED_FOR|CHILD_OF|VALUE_OF]-(y)
    WHERE type(r) IN $relations
      AND ($least <= 0 AND $imputed IS NULL
        OR (type(r) IN ['CHILD_OF', 'VALUE_OF'] AND coalesce(NOT $imputed, true))
        OR EXISTS {
          MATCH (c:Assertion {
            key: 'assertion:' + startNode(r).key + '\t' + type(r) + '\t' + endNode(r).key
          })-[s:SUPPORTED_BY]->()
          WHERE s.confidence >= $least AND ($imputed IS NULL OR $imputed <> EXISTS {
            MATCH (c)-[t:SUPPORTED_BY]->() WHERE t.origin <> 'IMPUTED'
          })
        })
  ){1,4} (b)
WITH path, [n IN nodes(path) | n.key] AS keys
ORDER BY length(path), keys LIMIT $first
CALL (path) {
  UNWIND relationships(path) AS r
  CALL (r) {
    OPTIONAL MATCH (:Assertion {
      key: 'assertion:' + startNode(r).key + '\t' + type(r) + '\t' + endNode(r).key
    })-[s:SUPPORTED_BY]->()
    RETURN max(s.confidence) AS confidence,
      count(s) > 0 AND count(CASE WHEN s.origin <> 'IMPUTED' THEN s END) = 0 AS imputed
  }
  RETURN collect({
    head: startNode(r).key, relation: type(r), tail: endNode(r).key, confidence: confidence,
    imputed: imputed
  }) AS edges
}
RETURN [n IN nodes(path) | {key: n.key, name: coalesce(n.name, n.title, n.id)}] AS nodes, edges
