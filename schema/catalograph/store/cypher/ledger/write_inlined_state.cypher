// Parameters: inlined (whether edges may hold supports)
// Returns: nothing
// Index: graphstate_key
MATCH (g:GraphState {key: 'graph-state:schema'})
SET g.inlined = CASE WHEN $inlined THEN true END
