// Begins a version: numbers it, gives it the idle slot and takes that slot from whoever had it.
// A version that was begun and never published is removed; its number is not used again.
// Parameters: kind
// Returns: key, version, slot
// Index: model_kind
OPTIONAL MATCH (m:Model {kind: $kind})
WITH coalesce(max(m.version), 0) + 1 AS version,
     CASE WHEN any(slot IN collect(CASE WHEN m.live THEN m.slot END) WHERE slot = 'a')
          THEN 'b' ELSE 'a' END AS slot
CREATE (new:Model {key: 'model:' + $kind + ':' + toString(version), kind: $kind,
                   version: version, live: false, slot: slot})
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
