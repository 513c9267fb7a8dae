// Empties a slot of edges; batched by product, so it runs in a transaction of its own.
// Parameters: slot
// Returns: nothing
// Index: none; a scan by intent
MATCH (p:Product)
WHERE EXISTS { (p)-[:__RELATION__]->() }
CALL (p) {
  MATCH (p)-[r:__RELATION__]->()
  WHERE r.slot = $slot
  DELETE r
} IN TRANSACTIONS OF 50 ROWS
