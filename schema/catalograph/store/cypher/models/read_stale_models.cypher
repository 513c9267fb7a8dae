// Parameters: none
// Returns: kind of each live version that is stale
// Index: none; there are few models
MATCH (m:Model)
WHERE m.live AND m.stale
RETURN m.kind AS kind ORDER BY kind
