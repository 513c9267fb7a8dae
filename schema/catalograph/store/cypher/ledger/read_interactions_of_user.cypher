// Parameters: user, limit
// Returns: key of some reviews and events of a user
// Index: user_key
MATCH (:User {key: $user})-[:WROTE|PERFORMED]->(n)
WITH n LIMIT $limit
RETURN n.key AS key
