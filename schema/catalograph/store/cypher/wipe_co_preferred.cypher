// Empties a slot; batched by product, so it runs in a transaction of its own.
// Parameters: slot
// Returns: nothing
// Index: none; a scan by intent
MATCH (p:Product)
WHERE EXISTS { (p)-[:CO_PREFERRED]->() }
CALL (p) {
  MATCH (p)-[r:CO_PREFERRED]->()
  WHERE r.slot = $slot
  DELETE r
} IN TRANSACTIONS OF 50 ROWS
