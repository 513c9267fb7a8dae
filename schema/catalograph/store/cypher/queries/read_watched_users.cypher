// What subscribers to the recommendations of users need to see a change.
// Parameters: keys
// Returns: key, changed (microseconds since 1970; null where nothing is known of the user)
// Index: user_key
UNWIND $keys AS key
OPTIONAL MATCH (u:User {key: key})
RETURN key, u.changed.epochSeconds * 1000000 + u.changed.microsecond AS changed
