// Parameters: kind
// Returns: cluster (key), reason, members (keys, sorted)
// Index: none; an intended full scan
MATCH (c:Cluster {kind: $kind})
RETURN c.key AS cluster, c.reason AS reason,
  COLLECT { MATCH (p:Product)-[:MEMBER_OF]->(c) RETURN p.key ORDER BY p.key } AS members
