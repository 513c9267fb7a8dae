// Removes the slots of stale versions that are not live.
// Parameters: kinds
// Returns: kind, slot that each had
// Index: model_kind
MATCH (m:Model)
WHERE m.kind IN $kinds AND m.stale AND NOT m.live AND m.slot IS NOT NULL
WITH m, m.kind AS kind, m.slot AS slot
REMOVE m.slot, m.index
RETURN kind, slot
