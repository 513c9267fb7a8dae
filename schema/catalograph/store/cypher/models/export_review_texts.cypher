// Reviews with a text and stars, to learn sentiment from.
// Parameters: none
// Returns: key, product, rating, title (null if none), text
// Index: none; an intended full scan
MATCH (r:Review)-[:REVIEWS]->(p:Product)
WHERE r.text IS NOT NULL AND r.rating IS NOT NULL
RETURN r.key AS key, p.key AS product, r.rating AS rating, r.title AS title, r.text AS text
