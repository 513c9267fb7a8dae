// Reviews and events of a user that runs kept for a roll-back.
// Parameters: user
// Returns: record (key)
// Index: change_user
MATCH (c:Change {user: $user})
RETURN DISTINCT c.record AS record
