// Parameters: user
// Returns: nothing
// Index: none; an intended full scan, as only the requests of one day are stored
MATCH (r:Request)
WHERE $user IN r.users
DELETE r
