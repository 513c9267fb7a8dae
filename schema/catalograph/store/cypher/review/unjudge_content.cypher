// Takes back what a person said of a generated text.
// Parameters: key, judgement (key of the judgement)
// Returns: removed
// Index: content_key, contentjudgement_key
OPTIONAL MATCH (c:Content {key: $key})
SET c.accepted = null
WITH $judgement AS judgement
MATCH (j:ContentJudgement {key: judgement})
DELETE j
RETURN count(*) AS removed
