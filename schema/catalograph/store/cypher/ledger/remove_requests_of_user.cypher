// Parameters: user
// Returns: nothing
// Index: none; a scan by intent, as there are the requests of a day
MATCH (r:Request)
WHERE $user IN r.users
DELETE r
