// Lets go of a mutation that wrote nothing, so that its idempotency key may be used again.
// Parameters: key, holder
// Returns: nothing
// Index: request_key
MATCH (r:Request {key: $key})
WHERE r.holder = $holder AND r.answer IS NULL
DELETE r
