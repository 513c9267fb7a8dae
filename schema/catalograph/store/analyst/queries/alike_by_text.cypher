// Title: Products described alike
// Question: Which products' descriptions are nearest to this one's, by the live text model?
// Title zh: 描述相近的商品
// Question zh: 按当前的文本模型，哪些商品的描述与它最接近？
// Empty: No text model is live (`catalograph embed text`), the product's key is not in the
//   graph, or it has no vector yet.
// Parameter: product STRING, such as "product:bestbuy:0": key of the product
// Parameter: first INTEGER = 10: products shown
// Column: product STRING: key
// Column: title STRING: title
// Column: similarity FLOAT: 0 to 1; 1 is the same vector
MATCH (live:Model {kind: 'text', live: true})
WITH live ORDER BY live.version DESC LIMIT 1
MATCH (p:Product {key: $product})
CALL db.index.vector.queryNodes(live.index, $first + 1, p['text_embedding_' + live.slot])
YIELD node, score
WITH p, node, score WHERE node <> p
RETURN node.key AS product, node.title AS title, round(score, 4) AS similarity
ORDER BY score DESC, product
LIMIT $first
