// Projects a graph given as parameters into the GDS catalogue; the database itself is not changed.
// Features are sent as bytes and unpacked here, eight signs a byte.
// Parameters: graph_name, nodes (id, labels, bytes), edges (source id, target ids), signs (of each
//   byte)
// Returns: nodes, relationships
// Index: none
CALL () {
  UNWIND $nodes AS node
  RETURN node[0] AS source, null AS target, node[1] AS labels,
         {features: reduce(features = [], byte IN node[2] | features + $signs[byte])} AS properties
  UNION ALL
  UNWIND $edges AS edge
  UNWIND edge[1] AS target
  RETURN edge[0] AS source, target, null AS labels, null AS properties
}
WITH gds.graph.project($graph_name, source, target,
  {sourceNodeLabels: labels, targetNodeLabels: null,
   sourceNodeProperties: properties, targetNodeProperties: null},
  {undirectedRelationshipTypes: ['*'], readConcurrency: 1}) AS graph
RETURN graph.nodeCount AS nodes, graph.relationshipCount AS relationships
