// Clears a slot of vectors or values; batched, so it runs in its own transaction.
// Parameters: property
// Returns: nothing
// Index: none; an intended full scan
MATCH (p:__LABEL__)
WHERE p[$property] IS NOT NULL
CALL (p) {
  REMOVE p[$property]
} IN TRANSACTIONS OF 2000 ROWS
