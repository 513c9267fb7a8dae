// Parameters: none
// Returns: started, counts (JSON) of the last finished resolution
// Index: none; there are few runs
MATCH (r:Run {kind: 'resolve', status: 'finished'})
RETURN r.started AS started, r.counts AS counts
ORDER BY r.started DESC LIMIT 1
