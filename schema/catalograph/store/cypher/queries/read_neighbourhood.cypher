// Parameters: key, relations (that may be followed), outgoing and incoming (whether edges from and to
//   the node are followed), least (confidence of an edge, 0 for any), imputed (true: only edges that
//   imputation alone supports; false: none of them; null: both), first (neighbours at most)
// Returns: no row for an unknown node, else one: node and neighbours (key, name), edges (head,
//   relation, tail, confidence (null where no record is needed), imputed), total (edges that fit);
//   each relation has its share; shoppers, events and reviews are never among them
// Index: the unique key of the label, assertion_key
MATCH (n:__LABEL__ {key: $key})
CALL (n) {
  MATCH (n)-[r]-(m)
  WHERE type(r) IN $relations
    AND CASE WHEN startNode(r) = n THEN $outgoing ELSE $incoming END
    AND ($least <= 0 AND $imputed IS NULL
      OR (type(r) IN ['CHILD_OF', 'VALUE_OF'] AND coalesce(NOT $imputed, true))
      OR EXISTS {
        MATCH (a:Assertion {
          key: 'assertion:' + startNode(r).key + '\t' + type(r) + '\t' + endNode(r).key
        })-[s:SUPPORTED_BY]->()
        WHERE s.confidence >= $least AND ($imputed IS NULL OR $imputed <> EXISTS {
          MATCH (a)-[t:SUPPORTED_BY]->() WHERE t.origin <> 'IMPUTED'
        })
      })
  WITH type(r) AS relation, r, m ORDER BY relation, m.key
  WITH relation, collect({edge: r, node: m}) AS found ORDER BY relation
  RETURN collect({count: size(found), found: found[..$first]}) AS groups
}
CALL (groups) {
  UNWIND groups AS one
  UNWIND range(0, size(one.found) - 1) AS place
  WITH one.found[place] AS found, place ORDER BY place, type(found.edge) LIMIT $first
  WITH found.edge AS r, found.node AS m
  CALL (r) {
    OPTIONAL MATCH (:Assertion {
      key: 'assertion:' + startNode(r).key + '\t' + type(r) + '\t' + endNode(r).key
    })-[s:SUPPORTED_BY]->()
    RETURN max(s.confidence) AS confidence,
      count(s) > 0 AND count(CASE WHEN s.origin <> 'IMPUTED' THEN s END) = 0 AS imputed
  }
  RETURN collect({key: m.key, name: coalesce(m.name, m.title, m.id)}) AS neighbours,
    collect({
      head: startNode(r).key, relation: type(r), tail: endNode(r).key, confidence: confidence,
      imputed: imputed
    }) AS edges
}
RETURN {key: n.key, name: coalesce(n.name, n.title, n.id)} AS node, neighbours, edges,
  reduce(total = 0, one IN groups | total + one.count) AS total
