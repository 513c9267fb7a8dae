// Takes the write lock of a run and reads its report.
// Parameters: key
// Returns: counts (JSON or null); no row for an unknown run
// Index: run_key
MATCH (r:Run {key: $key})
SET r.key = $key
RETURN r.counts AS counts
