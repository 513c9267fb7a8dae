// What subscribers to products need to see a change.
// Parameters: keys
// Returns: key, listed (null for an unknown product), changed (microseconds since 1970, as a driver
//   takes a tenth of a millisecond for each time that it reads)
// Index: product_key
UNWIND $keys AS key
OPTIONAL MATCH (p:Product {key: key})
RETURN key, p.listed AS listed,
  p.changed.epochSeconds * 1000000 + p.changed.microsecond AS changed
