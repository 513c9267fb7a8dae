// Writes vectors to a slot, if the version still holds it.
// Parameters: model (key), slot, property, rows (key, value, guard; sorted by key; guard: content hash
//   of the document that a passage is part of, or null; of another state the vector is left out)
// Returns: held (whether the version still holds the slot), written
// Index: model_key, the key of the label
OPTIONAL MATCH (m:Model {key: $model})
WHERE m.slot = $slot
CALL (m) {
  WITH m
  WHERE m IS NOT NULL
  UNWIND $rows AS row
  MATCH (p:__LABEL__ {key: row.key})
  WHERE row.guard IS NULL OR EXISTS { (p)<-[:HAS_PASSAGE]-(:Document {content_hash: row.guard}) }
  CALL db.create.setNodeVectorProperty(p, $property, row.value)
  RETURN count(*) AS written
}
RETURN m IS NOT NULL AS held, written
