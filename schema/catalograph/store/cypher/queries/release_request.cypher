// Releases the claim of a mutation that wrote nothing, so that its idempotency key can be reused.
// Parameters: key, holder
// Returns: nothing
// Index: request_key
MATCH (r:Request {key: $key})
WHERE r.holder = $holder AND r.answer IS NULL
DELETE r
