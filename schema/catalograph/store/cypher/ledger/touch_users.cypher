// Sets the change time of users with removed records.
// Parameters: keys (sorted), now
// Returns: nothing
// Index: user_key
UNWIND $keys AS key
MATCH (u:User {key: key})
SET u.changed = $now
