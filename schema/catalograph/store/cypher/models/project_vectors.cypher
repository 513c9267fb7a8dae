// Projects products and their vectors of one slot into the GDS catalogue; node n there is keys[n].
// Parameters: graph_name, keys (of products that have such a vector), property (a slot of vectors)
// Returns: nodes
// Index: product_key
UNWIND range(0, size($keys) - 1) AS n
MATCH (p:Product {key: $keys[n]})
WITH n, p[$property] AS vector ORDER BY n
WITH gds.graph.project($graph_name, n, null,
  {sourceNodeProperties: {vector: vector}, targetNodeProperties: null}, {readConcurrency: 1}) AS graph
RETURN graph.nodeCount AS nodes
