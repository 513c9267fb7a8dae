// Parameters: now, limit
// Returns: removed
// Index: request_expires
MATCH (r:Request)
WHERE r.expires <= $now
WITH r LIMIT $limit
DELETE r
RETURN count(*) AS removed
