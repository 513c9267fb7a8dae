// Starts a trial of the live version of a kind against the one in the other slot.
// Parameters: kind, now
// Returns: key of the rival; no row if there is none
// Index: model_kind
MATCH (live:Model {kind: $kind, live: true})
WITH live ORDER BY live.version DESC LIMIT 1
MATCH (rival:Model {kind: $kind})
WHERE rival <> live AND rival.slot IS NOT NULL AND rival.slot <> live.slot
  AND rival.created IS NOT NULL AND NOT coalesce(rival.stale, false)
SET live.rival = rival.key, live.trial_started = $now
RETURN rival.key AS key
