// Starts a version: numbers it, gives it the idle slot and takes that slot from its holder, which
// ends a trial of that holder.
// A version that was started and never published is removed; its number is not reused.
// If an interrupted switch left two versions live, the later one counts, as for readers.
// Parameters: kind
// Returns: key, version, slot
// Index: model_kind, graphstate_key
OPTIONAL MATCH (m:Model {kind: $kind})
WITH m ORDER BY m.version DESC
WITH collect(m) AS models
WITH models, [m IN models WHERE m.live] AS live
FOREACH (old IN live[1..] | SET old.live = false)
FOREACH (one IN live | REMOVE one.rival, one.trial_started)
WITH coalesce(models[0].version, 0) + 1 AS version,
     CASE WHEN live[0].slot = 'a' THEN 'b' ELSE 'a' END AS slot
OPTIONAL MATCH (state:GraphState {key: 'graph-state:schema'})
CREATE (new:Model {key: 'model:' + $kind + ':' + toString(version), kind: $kind,
                   version: version, live: false, slot: slot,
                   placement: coalesce(state.placement, 0)})
WITH new
CALL (new) {
  MATCH (old:Model {kind: $kind})
  WHERE old.slot = new.slot AND old <> new
  REMOVE old.slot, old.index
  WITH old
  WHERE old.created IS NULL
  DETACH DELETE old
}
RETURN new.key AS key, new.version AS version, new.slot AS slot
