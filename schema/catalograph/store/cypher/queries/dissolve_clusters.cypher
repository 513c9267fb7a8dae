// Parameters: keys (sorted)
// Returns: removed
// Index: cluster_key
UNWIND $keys AS key
MATCH (c:Cluster {key: key})
DETACH DELETE c
RETURN count(*) AS removed
