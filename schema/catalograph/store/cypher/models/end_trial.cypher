// Parameters: kind
// Returns: nothing
// Index: model_kind
MATCH (m:Model {kind: $kind})
REMOVE m.rival, m.trial_started
