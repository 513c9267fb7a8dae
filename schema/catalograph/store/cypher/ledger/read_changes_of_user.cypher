// Which reviews and events of a user runs kept.
// Parameters: user
// Returns: record (key)
// Index: change_user
MATCH (c:Change {user: $user})
RETURN DISTINCT c.record AS record
