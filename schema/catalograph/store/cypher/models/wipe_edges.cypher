// Clears a slot of edges; batched by product, so it runs in its own transaction.
// Parameters: slot
// Returns: nothing
// Index: none; an intended full scan
MATCH (p:Product)
WHERE EXISTS { (p)-[:__RELATION__]->() }
CALL (p) {
  MATCH (p)-[r:__RELATION__]->()
  WHERE r.slot = $slot
  DELETE r
} IN TRANSACTIONS OF 50 ROWS
