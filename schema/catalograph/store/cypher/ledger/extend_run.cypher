// Finds the run that single records of a kind share: the latest run of all, where it is of that kind,
// of today and neither rolled back nor pruned.
// Parameters: kind, status (of a run that may be extended), since (start of the day), now
// Returns: key; no row where a new run has to be started
// Index: none; there are few runs
MATCH (r:Run)
WITH r ORDER BY r.started DESC, r.key DESC LIMIT 1
WHERE r.kind = $kind AND r.status = $status AND r.started >= $since
  AND NOT coalesce(r.pruned, false)
SET r.beat = $now, r.finished = $now
RETURN r.key AS key
