// Writes complements to a slot, if the version still holds it.
// Parameters: model (key), slot, rows (source, edges: target, place, fits (key or
//   null), beside (key or null), share; sorted by source)
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
  CREATE (source)-[c:COMPLEMENTED_BY {slot: $slot, place: edge[1]}]->(target)
  SET c.fits = edge[2], c.beside = edge[3], c.share = CASE WHEN edge[3] IS NOT NULL THEN edge[4] END
  RETURN count(*) AS written
}
RETURN m IS NOT NULL AS held, written
