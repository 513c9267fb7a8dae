// Removes users without any event or review left.
// Parameters: keys (sorted)
// Returns: removed
// Index: user_key
UNWIND $keys AS key
MATCH (u:User {key: key})
SET u.key = key
WITH u
WHERE NOT EXISTS { (u)-->() }
DELETE u
RETURN count(*) AS removed
