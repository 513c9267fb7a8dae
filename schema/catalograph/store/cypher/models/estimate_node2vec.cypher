// Memory of node2vec on a graph of a given size; the GDS client cannot estimate this algorithm.
// Parameters: nodes, relationships, options (as the algorithm takes them)
// Returns: bytes at most
// Index: none
CALL gds.node2vec.stream.estimate(
  {nodeCount: $nodes, relationshipCount: $relationships,
   nodeProjection: '*', relationshipProjection: '*'},
  $options
) YIELD bytesMax
RETURN bytesMax AS bytes
