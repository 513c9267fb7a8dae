// Versions that hold a slot, also those that are being written.
// Parameters: none
// Returns: kind, key of each
// Index: none; there are few models
MATCH (m:Model)
WHERE m.slot IS NOT NULL
RETURN m.kind AS kind, m.key AS key
