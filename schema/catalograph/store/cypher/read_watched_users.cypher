// What subscribers to the recommendations of users need to see a change.
// Parameters: keys
// Returns: key, changed (null where nothing is known of the user)
// Index: user_key
UNWIND $keys AS key
OPTIONAL MATCH (u:User {key: key})
RETURN key, u.changed AS changed
