// Clears the live flag of all other versions of the same kinds, and ends their trials.
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
  REMOVE old.rival, old.trial_started
}
RETURN new.key AS key
