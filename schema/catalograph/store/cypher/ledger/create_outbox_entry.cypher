// Tells the caches of the API that a transaction changed products; its last statement, so that little
// time passes between the entry's time and its commit.
// Parameters: key, products (keys, or null where it may be any)
// Returns: nothing
// Index: none needed; uniqueness of key is kept by the constraint
CREATE (entry:OutboxEntry {key: $key, time: timestamp()})
SET entry.products = $products
