// Projects nodes and their vectors of one slot into the GDS catalogue, without nodes that have
// none.
// Parameters: graph_name, nodes (id there, key, labels there), property (a slot of vectors)
// Returns: nodes
// Index: the keys of the labels
UNWIND $nodes AS node
MATCH (n:Product|Brand|Category|Value {key: node[1]})
WHERE n[$property] IS NOT NULL
WITH node[0] AS id, node[2] AS labels, n[$property] AS vector ORDER BY id
WITH gds.graph.project($graph_name, id, null,
  {sourceNodeLabels: labels, targetNodeLabels: null,
   sourceNodeProperties: {vector: vector}, targetNodeProperties: null}, {readConcurrency: 1}) AS graph
RETURN graph.nodeCount AS nodes
