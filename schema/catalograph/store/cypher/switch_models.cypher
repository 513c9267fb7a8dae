// Moves the live pointer of each kind at once.
// Parameters: rows (key, slot, properties), created
// Returns: key of each version that is live now
// Index: model_key, model_kind
UNWIND $rows AS row
MATCH (new:Model {key: row.key})
WHERE new.slot = row.slot
CALL (new) {
  MATCH (old:Model {kind: new.kind})
  WHERE old.live
  SET old.live = false
}
SET new += row.properties, new.created = coalesce(new.created, $created), new.live = true
RETURN new.key AS key
