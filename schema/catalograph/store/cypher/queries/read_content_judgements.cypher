// The latest judgements of generated texts.
// Parameters: limit
// Returns: kind, language, accepted, features
// Index: contentjudgement_time
MATCH (j:ContentJudgement)
WHERE j.time IS NOT NULL
RETURN j.kind AS kind, j.language AS language, j.accepted AS accepted, j.features AS features
ORDER BY j.time DESC LIMIT $limit
