// Completes a staged version without making it live, and starts its trial against the live one.
// Parameters: live (key), row (key, slot, properties), now
// Returns: key; no row if the live version is no longer live or the slot was taken
// Index: model_key
MATCH (live:Model {key: $live, live: true})
MATCH (rival:Model {key: $row.key})
WHERE rival.slot = $row.slot
SET rival += $row.properties, rival.created = $now, live.rival = rival.key, live.trial_started = $now
RETURN rival.key AS key
