// Stores decisions; one of the same reviewer about the same question is replaced.
// Parameters: rows (key, item (key), reviewer, verdict, correction, time; sorted by item)
// Returns: written
// Index: reviewitem_key, reviewdecision_key
UNWIND $rows AS row
MATCH (i:ReviewItem {key: row.item})
MERGE (d:ReviewDecision {key: row.key})
SET d.reviewer = row.reviewer, d.verdict = row.verdict, d.correction = row.correction,
  d.time = row.time
MERGE (d)-[:DECIDES]->(i)
RETURN count(*) AS written
