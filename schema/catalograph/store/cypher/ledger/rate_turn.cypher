// What a shopper thinks of an answer, in place of what was said before.
// Parameters: key, user (key of the caller or null), helpful, comment (null for none)
// Returns: key; no row for an unknown turn, and for another owner's
// Index: turn_key
MATCH (t:Turn {key: $key})<-[:HAS_TURN]-(c)
WITH t, head([(u:User)-[:HELD]->(c) | u.key]) AS owner
WHERE owner IS NULL OR owner = $user
SET t.helpful = $helpful, t.comment = $comment
RETURN t.key AS key
