// What node2vec takes on a graph of some size; the client of GDS cannot ask that of this algorithm.
// Parameters: nodes, relationships, options (as the algorithm takes them)
// Returns: bytes at most
// Index: none
CALL gds.node2vec.stream.estimate(
  {nodeCount: $nodes, relationshipCount: $relationships,
   nodeProjection: '*', relationshipProjection: '*'},
  $options
) YIELD bytesMax
RETURN bytesMax AS bytes
