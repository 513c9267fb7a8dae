// What subscribers to products need to see a change.
// Parameters: keys
// Returns: key, listed (null for an unknown product), changed
// Index: product_key
UNWIND $keys AS key
OPTIONAL MATCH (p:Product {key: key})
RETURN key, p.listed AS listed, p.changed AS changed
