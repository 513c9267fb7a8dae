// Starts a version: numbers it, gives it the idle slot and takes that slot from its holder.
// A version that was started and never published is removed; its number is not reused.
// If an interrupted switch left two versions live, the later one counts, as for readers.
// Parameters: kind
// Returns: key, version, slot, artefacts (of the versions that lose the slot)
// Index: model_kind, graphstate_key
OPTIONAL MATCH (m:Model {kind: $kind})
WITH m ORDER BY m.version DESC
WITH collect(m) AS models
WITH models, [m IN models WHERE m.live] AS live
FOREACH (old IN live[1..] | SET old.live = false)
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
  WITH old, old.artefact AS artefact
  REMOVE old.slot, old.index, old.artefact
  FOREACH (each IN CASE WHEN old.created IS NULL THEN [old] ELSE [] END | DETACH DELETE each)
  RETURN collect(artefact) AS artefacts
}
RETURN new.key AS key, new.version AS version, new.slot AS slot, artefacts
