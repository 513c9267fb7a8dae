// Clears the live flag of all versions of a kind, so that none is live.
// Parameters: kind
// Returns: nothing
// Index: model_kind
MATCH (m:Model {kind: $kind})
WHERE m.live
SET m.live = false
