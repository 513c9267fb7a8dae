// Parameters: user (key, or null for all), first
// Returns: time, reader, field, user of the newest reads, newest first
// Index: dataaccess_time, dataaccess_user
MATCH (a:DataAccess)
WHERE a.time IS NOT NULL AND ($user IS NULL OR a.user = $user)
RETURN a.time AS time, a.reader AS reader, a.field AS field, a.user AS user
ORDER BY time DESC, a.key
LIMIT $first
