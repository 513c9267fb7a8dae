// Says that a run is alive and how far it has come.
// Parameters: key, beat, progress (JSON)
// Returns: cancel (whether it is asked to stop); no row for an unknown run
// Index: run_key
MATCH (r:Run {key: $key})
SET r.beat = $beat, r.progress = $progress
RETURN coalesce(r.cancel, false) AS cancel
