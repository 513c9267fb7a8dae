// Empties a slot of vectors or values; batched, so it runs in a transaction of its own.
// Parameters: property
// Returns: nothing
// Index: none; a scan by intent
MATCH (p:__LABEL__)
WHERE p[$property] IS NOT NULL
CALL (p) {
  REMOVE p[$property]
} IN TRANSACTIONS OF 2000 ROWS
