// Reviews and events without their product; optionally also those without a user.
// Parameters: source (null for all), without_user (whether to include those)
// Returns: key
// Index: none; an intended full scan, each record's edges are counted without being read
MATCH (n:Review|Event)
WHERE ($source IS NULL OR n.source = $source)
  AND ((coalesce(n.kind, '') <> 'query' AND NOT EXISTS { (n)-[:REVIEWS|ON]->() })
    OR ($without_user AND NOT EXISTS { (n)<-[:WROTE|PERFORMED]-() }))
RETURN n.key AS key
