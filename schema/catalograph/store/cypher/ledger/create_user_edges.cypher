// New edges from users to their events and reviews; sets the change time of each user.
// Parameters: rows (head, tail), now
// Returns: created
// Index: user_key and the key of the tail
UNWIND $rows AS row
MATCH (h:User {key: row.head})
MATCH (t:__TAIL__ {key: row.tail})
CREATE (h)-[:__RELATION__]->(t)
SET h.changed = $now
RETURN count(*) AS created
