// Preference edges of a product, in both directions.
// Parameters: key, slot
// Returns: key of the other product, out (whether the edge leads there), parts
// Index: product_key
MATCH (p:Product {key: $key})-[w:CO_PREFERRED]-(j:Product)
WHERE w.slot = $slot
RETURN j.key AS key, startNode(w) = p AS out, w.parts AS parts
