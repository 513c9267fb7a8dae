// State of products, by which subscriptions detect a change.
// Parameters: keys
// Returns: key, listed (null for an unknown product), changed (microseconds since 1970, as the
//   driver needs 0.1 ms to decode each datetime)
// Index: product_key
UNWIND $keys AS key
OPTIONAL MATCH (p:Product {key: key})
RETURN key, p.listed AS listed,
  p.changed.epochSeconds * 1000000 + p.changed.microsecond AS changed
