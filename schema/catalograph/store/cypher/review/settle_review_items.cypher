// Notes that the graph follows the verdicts of questions, unless these have changed meanwhile.
// Parameters: rows (key, verdict and correction as followed, blank for none, undo (JSON or null);
//   sorted by key)
// Returns: settled
// Index: reviewitem_key
UNWIND $rows AS row
MATCH (i:ReviewItem {key: row.key})
SET i.key = row.key
WITH i, row,
  coalesce(i.verdict, '') = row.verdict AND coalesce(i.correction, '') = row.correction AS same
SET i.undo = row.undo, i.unsettled = CASE WHEN same THEN null ELSE true END
RETURN count(CASE WHEN same THEN 1 END) AS settled
