// A turn of a conversation, which is made with its first turn. A property is set to lock the
// conversation before its turns are counted. One without an owner becomes the user's; in another
// owner's nothing is written.
// Parameters: conversation, prefix (of the keys of its turns), user (key or null), user_source,
//   properties (of the turn), now
// Returns: key, number; no row for another owner's conversation
// Index: conversation_key, user_key, turn_key
MERGE (c:Conversation {key: $conversation})
ON CREATE SET c.started = $now, c.changed = $now
SET c.key = $conversation
WITH c, head([(u:User)-[:HELD]->(c) | u.key]) AS owner
WHERE owner IS NULL OR owner = $user
SET c.changed = $now
FOREACH (key IN CASE WHEN owner IS NULL AND $user IS NOT NULL THEN [$user] ELSE [] END |
  MERGE (u:User {key: key})
  ON CREATE SET u.source = $user_source
  CREATE (u)-[:HELD]->(c))
WITH c, 1 + COUNT { (c)-[:HAS_TURN]->() } AS number
CREATE (c)-[:HAS_TURN]->(t:Turn {key: $prefix + toString(number), number: number})
SET t += $properties
RETURN t.key AS key, number
