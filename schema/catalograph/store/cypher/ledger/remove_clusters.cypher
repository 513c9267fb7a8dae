// Removes clusters left with fewer than two members.
// Parameters: keys (sorted)
// Returns: removed
// Index: cluster_key
UNWIND $keys AS key
MATCH (c:Cluster {key: key})
WHERE COUNT { (c)<-[:MEMBER_OF]-() } < 2
DETACH DELETE c
RETURN count(*) AS removed
