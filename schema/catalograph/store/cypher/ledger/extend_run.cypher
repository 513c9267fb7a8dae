// Finds the run shared by single records of a kind: the latest of all runs, if it is of that kind,
// from today and neither rolled back nor pruned.
// Parameters: kind, status (of a run that may be extended), since (start of the day), now
// Returns: key; no row if a new run must be started
// Index: none; there are few runs
MATCH (r:Run)
WITH r ORDER BY r.started DESC, r.key DESC LIMIT 1
WHERE r.kind = $kind AND r.status = $status AND r.started >= $since
  AND NOT coalesce(r.pruned, false)
SET r.beat = $now, r.finished = $now
RETURN r.key AS key
