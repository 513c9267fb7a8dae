// Removes conversations whose last turn is from before a time, and users of whom nothing else is
// known.
// Parameters: before, limit
// Returns: removed
// Index: conversation_changed
MATCH (c:Conversation)
WHERE c.changed < $before
WITH c LIMIT $limit
OPTIONAL MATCH (u:User)-[:HELD]->(c)
OPTIONAL MATCH (c)-[:HAS_TURN]->(t:Turn)
WITH collect(DISTINCT c) AS conversations, collect(DISTINCT u) AS users, collect(t) AS turns
WITH conversations, users, turns, size(conversations) AS removed
FOREACH (t IN turns | DETACH DELETE t)
FOREACH (c IN conversations | DETACH DELETE c)
WITH users, removed
CALL (users) {
  UNWIND users AS u
  WITH u
  WHERE u.sessions IS NULL AND NOT EXISTS { (u)--() }
  DELETE u
}
RETURN removed
