// Removes the served lists of searches that a user's events respond to, with their search words.
// Parameters: user
// Returns: nothing
// Index: user_key
MATCH (:User {key: $user})-[:PERFORMED]->(:Event)-[:RESPONDS_TO]->(s:Served)
WHERE s.query IS NOT NULL
WITH DISTINCT s
DETACH DELETE s
