// Other runs that later wrote records which this run had written or withdrawn.
// Parameters: run
// Returns: run
// Index: change_previous, change_run, source_key
CALL () {
  MATCH (c:Change {previous: $run})
  WHERE c.run <> $run
  RETURN c.run AS run
  UNION
  MATCH (c:Change {run: $run})
  MATCH (s:Source {key: c.record})
  WHERE s.run <> $run OR s.run IS NULL
  RETURN coalesce(s.run, 'an event of the API') AS run
}
RETURN DISTINCT run ORDER BY run
