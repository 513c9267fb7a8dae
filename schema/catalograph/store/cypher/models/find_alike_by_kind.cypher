// Listed products whose vectors of a live model are nearest to a product's.
// Parameters: kind, key, limit
// Returns: key, title, score (of the vector index, 0 to 1), the nearest first; nothing without a live
//   model or a vector
// Index: product_key, model_kind, the vector index of the live model
MATCH (m:Model {kind: $kind, live: true})
WITH m ORDER BY m.version DESC LIMIT 1
MATCH (p:Product {key: $key})
WITH m, p, p[m.property] AS vector
WHERE vector IS NOT NULL
CALL db.index.vector.queryNodes(m.index, $limit + 1, vector) YIELD node, score
WHERE node.listed AND node.key <> p.key
RETURN node.key AS key, node.title AS title, score
ORDER BY score DESC, key LIMIT $limit
