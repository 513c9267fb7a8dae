// Claims a mutation, unless another attempt with the same idempotency key holds it or has answered.
// A claim is free again once it has expired, or was abandoned: its holder gave no answer in time.
// A property is set to lock the node before it is read.
// Parameters: key, holder, input, users, now, expires, abandoned (unanswered claims older than this
//   time are abandoned)
// Returns: mine, input, answer (null while there is none)
// Index: request_key
MERGE (r:Request {key: $key})
SET r.key = $key
WITH r, r.holder IS NULL OR r.expires <= $now OR (r.answer IS NULL AND r.claimed <= $abandoned)
  AS free
SET r += CASE
  WHEN free THEN {input: $input, holder: $holder, users: $users, claimed: $now, expires: $expires,
                  answer: null}
  ELSE {} END
RETURN r.holder = $holder AS mine, r.input AS input, r.answer AS answer
