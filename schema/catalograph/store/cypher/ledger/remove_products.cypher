// Removes unlisted products that nothing refers to any more. A property is set to lock the node
// before it is read.
// Parameters: keys (sorted)
// Returns: clusters (keys of clusters that lost a member) of each product
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
WHERE NOT p.listed AND NOT EXISTS { (p)<-[:DESCRIBES]-() }
SET p.listed = false
WITH p
WHERE NOT EXISTS {
  MATCH (p)-[r]-() WHERE NOT r:CO_PREFERRED AND NOT r:COMPLEMENTED_BY AND NOT r:MEMBER_OF
    AND NOT r:WRITTEN_FOR
}
WITH p, COLLECT { MATCH (p)-[:MEMBER_OF]->(c:Cluster) RETURN c.key } AS clusters
DETACH DELETE p
RETURN clusters
