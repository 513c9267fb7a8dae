// The newest turns of a conversation, oldest first.
// Parameters: key, limit
// Returns: owner (key, or null for an anonymous one), started, changed, turns (properties of each);
//   no row for an unknown conversation
// Index: conversation_key
MATCH (c:Conversation {key: $key})
RETURN head([(u:User)-[:HELD]->(c) | u.key]) AS owner, c.started AS started, c.changed AS changed,
  reverse(COLLECT {
    MATCH (c)-[:HAS_TURN]->(t:Turn)
    WITH t ORDER BY t.number DESC LIMIT $limit
    RETURN properties(t)
  }) AS turns
