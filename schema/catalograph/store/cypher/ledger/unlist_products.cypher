// Makes products unlisted that no record describes any more: removes their properties, and their
// learned and derived data.
// Parameters: keys (sorted)
// Returns: clusters (keys of clusters that lost a member) of each product
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
