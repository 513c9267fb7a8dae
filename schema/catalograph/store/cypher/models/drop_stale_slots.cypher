// Removes the slots of stale versions that are not live.
// Parameters: none
// Returns: kind, slot that each had
// Index: none; there are few models
MATCH (m:Model)
WHERE m.stale AND NOT m.live AND m.slot IS NOT NULL
WITH m, m.kind AS kind, m.slot AS slot
REMOVE m.slot, m.index
RETURN kind, slot
