// Merged, because a batch may be sent twice if the answer to its first commit is lost.
// Parameters: run (id), rows (key, kind, reason, members: key, score, method; sorted by key)
// Returns: created (memberships)
// Index: cluster_key, product_key
UNWIND $rows AS row
MERGE (c:Cluster {key: row.key})
SET c.kind = row.kind, c.reason = row.reason
WITH c, row
UNWIND row.members AS is
MATCH (p:Product {key: is.key})
MERGE (p)-[member:MEMBER_OF]->(c)
SET member.score = is.score, member.method = is.method, member.run = $run
RETURN count(member) AS created
