// Writes what reviews say of aspects of products to a slot, if the version still holds it.
// Parameters: model (key), slot, rows (product, opinions: aspect (key), weight; sorted by product)
// Returns: held (whether the version still holds the slot), written
// Index: model_key, product_key, value_key
OPTIONAL MATCH (m:Model {key: $model})
WHERE m.slot = $slot
CALL (m) {
  WITH m
  WHERE m IS NOT NULL
  UNWIND $rows AS row
  MATCH (product:Product {key: row.product})
  UNWIND row.opinions AS opinion
  MATCH (aspect:Value {key: opinion[0]})
  CREATE (product)-[:JUDGED_ON {slot: $slot, weight: opinion[1]}]->(aspect)
  RETURN count(*) AS written
}
RETURN m IS NOT NULL AS held, written
