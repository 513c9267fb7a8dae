// Empties a slot; batched, so it runs in a transaction of its own.
// Parameters: property
// Returns: nothing
// Index: none; a scan by intent
MATCH (p:Product)
WHERE p[$property] IS NOT NULL
CALL (p) {
  REMOVE p[$property]
} IN TRANSACTIONS OF 2000 ROWS
