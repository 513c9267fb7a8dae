// Parameters: key
// Returns: kind, reason, members (key, score, method; by key)
// Index: cluster_key
MATCH (c:Cluster {key: $key})
RETURN c.kind AS kind, c.reason AS reason, COLLECT {
  MATCH (p:Product)-[member:MEMBER_OF]->(c)
  RETURN {key: p.key, score: member.score, method: member.method} ORDER BY p.key
} AS members
