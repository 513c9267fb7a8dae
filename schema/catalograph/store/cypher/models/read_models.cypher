// Parameters: none
// Returns: properties of each published version, in order of kind and version
// Index: model_kind
MATCH (m:Model)
WHERE m.kind IS NOT NULL AND m.created IS NOT NULL
RETURN m {.*, relation_vectors: null} AS properties
ORDER BY m.kind, m.version
