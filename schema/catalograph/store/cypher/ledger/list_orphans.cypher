// Reviews and events that lack their product; on demand also those that have no user.
// Parameters: source (null for all), without_user (whether these, too)
// Returns: key
// Index: none; a scan by intent, each record's edges are counted without being read
MATCH (n:Review|Event)
WHERE ($source IS NULL OR n.source = $source)
  AND ((coalesce(n.kind, '') <> 'query' AND NOT EXISTS { (n)-[:REVIEWS|ON]->() })
    OR ($without_user AND NOT EXISTS { (n)<-[:WROTE|PERFORMED]-() }))
RETURN n.key AS key
