// What a graph holds besides its own state and the announcements of changes.
// Parameters: none
// Returns: label, nodes (their number), for each first label
// Index: none; an intended full scan of a graph that should be empty
MATCH (n)
WHERE NOT n:GraphState AND NOT n:OutboxEntry
RETURN labels(n)[0] AS label, count(n) AS nodes ORDER BY nodes DESC
