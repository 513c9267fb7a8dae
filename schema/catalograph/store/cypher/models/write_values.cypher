// Writes one value per node to a slot, if the version still holds it.
// Parameters: model (key), slot, property, rows (key, value; sorted by key)
// Returns: held (whether the version still holds the slot), written
// Index: model_key, the key of the label
OPTIONAL MATCH (m:Model {key: $model})
WHERE m.slot = $slot
CALL (m) {
  WITH m
  WHERE m IS NOT NULL
  UNWIND $rows AS row
  MATCH (p:__LABEL__ {key: row.key})
  SET p[$property] = row.value
  RETURN count(*) AS written
}
RETURN m IS NOT NULL AS held, written
