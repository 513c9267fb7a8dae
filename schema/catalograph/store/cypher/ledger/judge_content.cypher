// Notes what a person said of a generated text, on the text, and as a judgement that outlives it.
// Parameters: key, judgement (key of the judgement), accepted, now
// Returns: kind; no row for an unknown text
// Index: content_key, contentjudgement_key
MATCH (c:Content {key: $key})
SET c.accepted = $accepted
MERGE (j:ContentJudgement {key: $judgement})
SET j.kind = c.kind, j.language = c.language, j.features = c.features, j.accepted = $accepted,
  j.time = $now
RETURN c.kind AS kind
