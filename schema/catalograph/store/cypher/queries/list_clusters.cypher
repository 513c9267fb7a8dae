// Parameters: kind
// Returns: cluster (key), reason, members (key, score, method; by key)
// Index: none; an intended full scan
MATCH (c:Cluster {kind: $kind})
RETURN c.key AS cluster, c.reason AS reason, COLLECT {
  MATCH (p:Product)-[member:MEMBER_OF]->(c)
  RETURN {key: p.key, score: member.score, method: member.method} ORDER BY p.key
} AS members
