// Listed products whose text vectors are nearest to those of some products; none without a live
// text model.
// Parameters: keys, limit
// Returns: key, other (key of a product, not itself)
// Index: product_key, model_kind, the vector index of the live text model
MATCH (m:Model {kind: 'text', live: true})
WITH m ORDER BY m.version DESC LIMIT 1
UNWIND $keys AS key
MATCH (p:Product {key: key})
WITH m, p, p['text_embedding_' + m.slot] AS vector
WHERE vector IS NOT NULL
CALL (m, p, vector) {
  CALL db.index.vector.queryNodes(m.index, $limit + 1, vector) YIELD node
  WITH node
  WHERE node.listed AND node.key <> p.key
  RETURN node.key AS other
}
RETURN p.key AS key, other
