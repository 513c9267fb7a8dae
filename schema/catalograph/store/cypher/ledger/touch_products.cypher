// Products of which something else is said now.
// Parameters: keys (sorted), now
// Returns: nothing
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
SET p.changed = $now
