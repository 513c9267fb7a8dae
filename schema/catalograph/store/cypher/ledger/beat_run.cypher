// Writes the heartbeat and the progress of a run.
// Parameters: key, beat, progress (JSON)
// Returns: cancel (whether its cancellation was requested); no row for an unknown run
// Index: run_key
MATCH (r:Run {key: $key})
SET r.beat = $beat, r.progress = $progress
RETURN coalesce(r.cancel, false) AS cancel
