// Products that no record describes any more are known by name only: what was said of them, learned
// of them and derived from that goes.
// Parameters: keys (sorted)
// Returns: clusters (keys of those that lost a member) of each product
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
WHERE NOT EXISTS { (p)<-[:DESCRIBES]-() }
SET p = {key: p.key, source: p.source, id: p.id, listed: false}
WITH p
CALL (p) {
  MATCH (p)-[weight:CO_PREFERRED]-()
  DELETE weight
}
CALL (p) {
  OPTIONAL MATCH (p)-[member:MEMBER_OF]->(c:Cluster)
  DELETE member
  RETURN collect(DISTINCT c.key) AS clusters
}
RETURN clusters
