// One page of what runs kept of events, in the order of their keys.
// Parameters: after (last key seen; '' for the first page), limit
// Returns: record, changes (key, before (JSON), started (of the run that kept it))
// Index: change_record, run_key
MATCH (c:Change)
WHERE c.record > $after AND c.record STARTS WITH 'event:'
OPTIONAL MATCH (r:Run {key: 'run:' + c.run})
WITH c.record AS record, collect({key: c.key, before: c.before, started: r.started}) AS changes
ORDER BY record LIMIT $limit
RETURN record, changes
