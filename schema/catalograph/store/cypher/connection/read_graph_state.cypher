// Parameters: none
// Returns: version, user_secret, imputed, imputed_pending, changes; no row before the first migration
// Index: graphstate_key, absent before the first migration
OPTIONAL MATCH (g:GraphState {key: 'graph-state:schema'})
WITH g WHERE g IS NOT NULL
RETURN g.version AS version, g.user_secret AS user_secret, g.imputed AS imputed,
  coalesce(g.imputed_pending, false) AS imputed_pending,
  coalesce(g.changes, 0) AS changes
