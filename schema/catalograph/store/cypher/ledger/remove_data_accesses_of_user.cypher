// Parameters: user
// Returns: nothing
// Index: dataaccess_user
MATCH (a:DataAccess {user: $user})
DELETE a
