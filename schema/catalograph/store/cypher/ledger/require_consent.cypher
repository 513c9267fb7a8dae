// Parameters: required (whether a shopper who said nothing counts as refusing)
// Returns: nothing
// Index: graphstate_key
MATCH (g:GraphState {key: 'graph-state:schema'})
SET g.consent_required = CASE WHEN $required THEN true END
