// Keeps the state of records before a run; of two changes by one run the first is kept.
// Parameters: rows (key, record, previous, user, before; sorted by key), run
// Returns: nothing
// Index: change_key
UNWIND $rows AS row
MERGE (c:Change {key: row.key})
ON CREATE SET c.run = $run, c.record = row.record, c.previous = row.previous,
  c.user = row.user, c.before = row.before
