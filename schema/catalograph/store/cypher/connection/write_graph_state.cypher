// Parameters: version, user_secret
// Returns: nothing
// Index: graphstate_key
MERGE (g:GraphState {key: 'graph-state:schema'})
SET g.version = $version, g.user_secret = $user_secret
