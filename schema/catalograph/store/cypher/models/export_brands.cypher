// Names of all brands.
// Parameters: none
// Returns: name
// Index: none; an intended full scan
MATCH (b:Brand)
WHERE b.name IS NOT NULL
RETURN b.name AS name
