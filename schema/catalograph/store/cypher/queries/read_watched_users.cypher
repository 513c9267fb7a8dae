// State of users, by which subscriptions to recommendations detect a change.
// Parameters: keys
// Returns: key, changed (microseconds since 1970; null for an unknown user)
// Index: user_key
UNWIND $keys AS key
OPTIONAL MATCH (u:User {key: key})
RETURN key, u.changed.epochSeconds * 1000000 + u.changed.microsecond AS changed
