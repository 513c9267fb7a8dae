// Keeps the answer of a mutation, where this try still holds it.
// Parameters: key, holder, answer (JSON)
// Returns: nothing
// Index: request_key
MATCH (r:Request {key: $key})
WHERE r.holder = $holder
SET r.answer = $answer
