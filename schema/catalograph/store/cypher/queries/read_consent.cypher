// Parameters: user
// Returns: one row: agreed, refused (purposes; empty for an unknown shopper), required (whether a
//   shopper who said nothing counts as refusing)
// Index: user_key, graphstate_key
OPTIONAL MATCH (u:User {key: $user})
OPTIONAL MATCH (g:GraphState {key: 'graph-state:schema'})
RETURN coalesce(u.agreed, []) AS agreed, coalesce(u.refused, []) AS refused,
  coalesce(g.consent_required, false) AS required
