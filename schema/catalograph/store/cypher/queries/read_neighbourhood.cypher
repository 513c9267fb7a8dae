// Parameters: key, relations (that may be followed), first (neighbours at most)
// Returns: no row for an unknown node, else one: node and neighbours (key, name), edges (head,
//   relation, tail); shoppers, events and reviews are never among them
// Index: the unique key of the label
MATCH (n:__LABEL__ {key: $key})
CALL (n) {
  MATCH (n)-[r]-(m)
  WHERE type(r) IN $relations
  WITH r, m ORDER BY type(r), m.key LIMIT $first
  RETURN collect({key: m.key, name: coalesce(m.name, m.title, m.id)}) AS neighbours,
    collect({head: startNode(r).key, relation: type(r), tail: endNode(r).key}) AS edges
}
RETURN {key: n.key, name: coalesce(n.name, n.title, n.id)} AS node, neighbours, edges
