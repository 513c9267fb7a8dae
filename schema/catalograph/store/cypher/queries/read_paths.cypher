// The shortest paths between two products over facts, at most four steps long.
// Parameters: head, tail (keys of products), first
// Returns: nodes (key, name) and edges (head, relation, tail) of each path, shortest first
// Index: product_key
MATCH (a:Product {key: $head}), (b:Product {key: $tail})
WHERE a <> b
MATCH path = allShortestPaths(
  (a)-[:HAS_BRAND|IN_CATEGORY|HAS_VALUE|ALSO_BOUGHT|ALSO_VIEWED|BOUGHT_TOGETHER|CHILD_OF*..4]-(b))
WITH path, [n IN nodes(path) | n.key] AS keys
ORDER BY length(path), keys LIMIT $first
RETURN [n IN nodes(path) | {key: n.key, name: coalesce(n.name, n.title, n.id)}] AS nodes,
  [r IN relationships(path) |
    {head: startNode(r).key, relation: type(r), tail: endNode(r).key}] AS edges
