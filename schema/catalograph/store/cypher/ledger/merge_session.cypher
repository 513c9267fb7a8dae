// Moves what a session did and asked to the user who logged in, and removes the session's own user. The keys of
// merged sessions stay with the user, so that erasing finds what other stores have of them.
// Parameters: session, user (keys), user_source, now
// Returns: events, reviews that were moved; no row if neither of the two is known
// Index: user_key
OPTIONAL MATCH (s:User {key: $session})
OPTIONAL MATCH (known:User {key: $user})
WITH s, known
WHERE s IS NOT NULL OR known IS NOT NULL
MERGE (u:User {key: $user})
ON CREATE SET u.source = $user_source
SET s.changed = $now, u.changed = $now
SET u.sessions = [key IN coalesce(u.sessions, []) WHERE key <> $session]
  + coalesce(s.sessions, []) + $session
WITH s, u
CALL (s, u) {
  MATCH (s)-[r:PERFORMED]->(e)
  CREATE (u)-[:PERFORMED]->(e)
  DELETE r
  RETURN count(e) AS events
}
CALL (s, u) {
  MATCH (s)-[r:WROTE]->(review)
  CREATE (u)-[:WROTE]->(review)
  DELETE r
  RETURN count(review) AS reviews
}
CALL (s, u) {
  MATCH (s)-[r:HELD]->(conversation)
  CREATE (u)-[:HELD]->(conversation)
  DELETE r
}
DELETE s
RETURN events, reviews
