// Removes the parts of documents and orders.
// Parameters: keys (sorted)
// Returns: nothing
// Index: source_key
UNWIND $keys AS key
MATCH (:Source {key: key})-[:HAS_PASSAGE|HAS_LINE|HAS_SHIPMENT|HAS_RETURN]->(part)
DETACH DELETE part
