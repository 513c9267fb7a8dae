// Notes that somebody read personal data of a shopper; of a shopper who is not known, nothing.
// Parameters: key, time, reader, field, user
// Returns: noted
// Index: user_key, dataaccess_key
MATCH (u:User {key: $user})
CREATE (a:DataAccess {key: $key, time: $time, reader: $reader, field: $field, user: $user})
RETURN count(a) AS noted
