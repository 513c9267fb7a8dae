// Counts reviews and events without a product or a user. An event of kind `query` needs no product;
// a record without a user is anonymous, or its user is lost.
// Parameters: source (null for all)
// Returns: without_product, without_user
// Index: none; an intended full scan, each record's edges are counted without being read
MATCH (n:Review|Event)
WHERE $source IS NULL OR n.source = $source
RETURN
  count(CASE WHEN coalesce(n.kind, '') <> 'query' AND NOT EXISTS { (n)-[:REVIEWS|ON]->() }
    THEN 1 END) AS without_product,
  count(CASE WHEN NOT EXISTS { (n)<-[:WROTE|PERFORMED]-() } THEN 1 END) AS without_user
