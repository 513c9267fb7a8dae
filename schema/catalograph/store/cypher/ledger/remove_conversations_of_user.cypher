// Parameters: user
// Returns: nothing
// Index: user_key
MATCH (:User {key: $user})-[:HELD]->(c:Conversation)
OPTIONAL MATCH (c)-[:HAS_TURN]->(t:Turn)
DETACH DELETE t, c
