// Keeps assertions that lost their last support, with the time in which they held.
// Parameters: rows (key, head, relation, tail, writer (run that wrote the support)), now, run (that
//   withdrew it)
// Returns: nothing
// Index: pastassertion_key, run_key
UNWIND $rows AS row
OPTIONAL MATCH (w:Run {key: 'run:' + row.writer})
MERGE (p:PastAssertion {key: row.key})
ON CREATE SET p.head = row.head, p.relation = row.relation, p.tail = row.tail,
  p.valid_from = w.started
SET p.valid_to = $now, p.run = $run
