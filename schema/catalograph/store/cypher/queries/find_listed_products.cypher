// Those of some products that a catalogue describes.
// Parameters: keys
// Returns: key of each listed product
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
WHERE p.listed
RETURN p.key AS key
