// Counts reviews and events that lack an edge which others have. An event of kind `query` needs no
// product; a record without a user is an anonymous one, or its user is lost.
// Parameters: source (null for all)
// Returns: without_product, without_user
// Index: none; a scan by intent, each record's edges are counted without being read
MATCH (n:Review|Event)
WHERE $source IS NULL OR n.source = $source
RETURN
  count(CASE WHEN coalesce(n.kind, '') <> 'query' AND NOT EXISTS { (n)-[:REVIEWS|ON]->() }
    THEN 1 END) AS without_product,
  count(CASE WHEN NOT EXISTS { (n)<-[:WROTE|PERFORMED]-() } THEN 1 END) AS without_user
