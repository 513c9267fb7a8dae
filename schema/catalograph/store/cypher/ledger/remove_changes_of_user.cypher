// Parameters: user
// Returns: nothing
// Index: change_user
MATCH (c:Change {user: $user})
DELETE c
