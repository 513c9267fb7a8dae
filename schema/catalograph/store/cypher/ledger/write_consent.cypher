// Writes what a shopper agreed to and refused; a shopper who is not known is made known by it.
// Parameters: user, user_source, agreed, refused (purposes), now
// Returns: agreed, refused (of the shopper now), before (purposes refused before)
// Index: user_key
MERGE (u:User {key: $user})
ON CREATE SET u.source = $user_source
WITH u, coalesce(u.refused, []) AS before
SET u.agreed = [p IN coalesce(u.agreed, []) WHERE NOT p IN $refused AND NOT p IN $agreed] + $agreed,
  u.refused = [p IN before WHERE NOT p IN $refused AND NOT p IN $agreed] + $refused,
  u.changed = $now
RETURN u.agreed AS agreed, u.refused AS refused, before
