// Writes item-item weights to a slot, if the version still holds it.
// Parameters: model (key), slot, rows (source, edges: target, weight, parts, shoppers
//   and without or null; sorted by source)
// Returns: held (whether the version still holds the slot), written
// Index: model_key, product_key
OPTIONAL MATCH (m:Model {key: $model})
WHERE m.slot = $slot
CALL (m) {
  WITH m
  WHERE m IS NOT NULL
  UNWIND $rows AS row
  MATCH (source:Product {key: row.source})
  UNWIND row.edges AS edge
  MATCH (target:Product {key: edge[0]})
  CREATE (source)-[:CO_PREFERRED {
    slot: $slot, weight: edge[1], parts: edge[2], shoppers: edge[3], without: edge[4]
  }]->(target)
  RETURN count(*) AS written
}
RETURN m IS NOT NULL AS held, written
