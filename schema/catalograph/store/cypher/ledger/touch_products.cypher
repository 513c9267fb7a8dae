// Sets the change time of products whose facts changed.
// Parameters: keys (sorted), now
// Returns: nothing
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
SET p.changed = $now
