// Takes back one batch of the withdrawn facts that a run kept.
// Parameters: run, limit
// Returns: n (number of past assertions removed)
// Index: pastassertion_run
MATCH (p:PastAssertion {run: $run})
WITH p LIMIT $limit
DELETE p
RETURN count(*) AS n
