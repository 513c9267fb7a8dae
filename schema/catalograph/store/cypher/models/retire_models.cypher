// Ends the life of all other versions of the kinds of these ones.
// Parameters: keys (of the versions that stay live)
// Returns: key of each of these versions that is still live
// Index: model_key, model_kind
UNWIND $keys AS key
MATCH (new:Model {key: key})
WHERE new.live
CALL (new) {
  MATCH (old:Model {kind: new.kind})
  WHERE old.live AND old <> new
  SET old.live = false
}
RETURN new.key AS key
