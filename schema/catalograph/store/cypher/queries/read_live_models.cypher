// Schema version of the graph and its live model versions.
// Parameters: none
// Returns: schema (version or null), models (kind, version, index, dimension)
// Index: graphstate_key, model_kind
OPTIONAL MATCH (g:GraphState {key: 'graph-state:schema'})
RETURN g.version AS schema,
  COLLECT { MATCH (m:Model {live: true}) RETURN m {.kind, .version, .index, .dimension}
    ORDER BY m.kind, m.version } AS models
