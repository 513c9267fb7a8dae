// Outbox entries since a time.
// Parameters: since (milliseconds since 1970)
// Returns: one row: now (the same by the server's clock), entries (key and products of each)
// Index: outboxentry_time
RETURN timestamp() AS now,
  COLLECT {
    MATCH (entry:OutboxEntry)
    WHERE entry.time >= $since
    RETURN [entry.key, entry.products]
  } AS entries
