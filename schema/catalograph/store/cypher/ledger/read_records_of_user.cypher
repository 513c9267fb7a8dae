// Parameters: user, limit
// Returns: key of some reviews, events and orders of a user
// Index: user_key
MATCH (:User {key: $user})-[:WROTE|PERFORMED|PLACED]->(n)
WITH n LIMIT $limit
RETURN n.key AS key
