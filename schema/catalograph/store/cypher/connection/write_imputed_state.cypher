// Parameters: imputed (hide or show), pending (whether edges are still being changed)
// Returns: nothing
// Index: graphstate_key
MATCH (g:GraphState {key: 'graph-state:schema'})
SET g.imputed = $imputed, g.imputed_pending = CASE WHEN $pending THEN true END
