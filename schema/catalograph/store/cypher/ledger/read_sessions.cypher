// Parameters: user
// Returns: key of each session that was merged into the user
// Index: user_key
MATCH (u:User {key: $user})
UNWIND coalesce(u.sessions, []) AS key
RETURN key
