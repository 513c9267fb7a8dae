// Writes the heartbeat of a run and takes its lock.
// Parameters: key, beat
// Returns: cancel (whether its cancellation was requested), progress (JSON or null); no row for an
// unknown run
// Index: run_key
MATCH (r:Run {key: $key})
SET r.beat = $beat
RETURN coalesce(r.cancel, false) AS cancel, r.progress AS progress
