// Stores the answer of a mutation, if this attempt still holds the claim.
// Parameters: key, holder, answer (JSON)
// Returns: nothing
// Index: request_key
MATCH (r:Request {key: $key})
WHERE r.holder = $holder
SET r.answer = $answer
