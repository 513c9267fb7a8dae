// Drops one batch of old outbox entries.
// Parameters: seconds (age from which on they are dropped), limit
// Returns: n (number dropped)
// Index: outboxentry_time
MATCH (entry:OutboxEntry)
WHERE entry.time < timestamp() - 1000 * $seconds
WITH entry LIMIT $limit
DELETE entry
RETURN count(*) AS n
