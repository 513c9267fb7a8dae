// Events from before a time; one without a time is as old as the run that wrote it.
// Parameters: before, limit
// Returns: key
// Index: run_key; an intended scan of the events, once an hour
MATCH (e:Event)
WHERE e.time < $before
  OR (e.time IS NULL AND EXISTS { MATCH (r:Run {key: 'run:' + e.run}) WHERE r.started < $before })
WITH e LIMIT $limit
RETURN e.key AS key
