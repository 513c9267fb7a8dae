// Relation vectors of the live version of a kind.
// Parameters: kind
// Returns: relations (names), vectors (all numbers, relation by relation); no row without any
// Index: model_kind
MATCH (m:Model {kind: $kind})
WHERE m.live AND m.relations IS NOT NULL
WITH m ORDER BY m.version DESC LIMIT 1
RETURN m.relations AS relations, m.relation_vectors AS vectors
