// Vectors into a slot, while the version still holds it.
// Parameters: model (key), slot, property, rows (key, vector; sorted by key)
// Returns: held (whether the version still holds the slot), written
// Index: model_key, product_key
OPTIONAL MATCH (m:Model {key: $model})
WHERE m.slot = $slot
CALL (m) {
  WITH m
  WHERE m IS NOT NULL
  UNWIND $rows AS row
  MATCH (p:Product {key: row.key})
  CALL db.create.setNodeVectorProperty(p, $property, row.vector)
  RETURN count(*) AS written
}
RETURN m IS NOT NULL AS held, written
