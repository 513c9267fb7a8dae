// What products fit, by texts and feeds.
// Parameters: none
// Returns: product (key of a listed one), key and name of what it fits
// Index: none; an intended full scan
MATCH (p:Product)-[:COMPATIBLE_WITH]->(named)
WHERE p.listed
RETURN p.key AS product, named.key AS key, coalesce(named.name, named.title) AS name
