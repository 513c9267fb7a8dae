// Parameters: keys (of products), kind (of cluster)
// Returns: cluster (key), reason, members (key, score, method; by key) of each, once
// Index: product_key
UNWIND $keys AS key
MATCH (:Product {key: key})-[:MEMBER_OF]->(c:Cluster {kind: $kind})
WITH DISTINCT c
RETURN c.key AS cluster, c.reason AS reason, COLLECT {
  MATCH (p:Product)-[member:MEMBER_OF]->(c)
  RETURN {key: p.key, score: member.score, method: member.method} ORDER BY p.key
} AS members
