// Sets properties of locked questions.
// Parameters: rows (key, properties; null removes one)
// Returns: updated
// Index: reviewitem_key
UNWIND $rows AS row
MATCH (i:ReviewItem {key: row.key})
SET i += row.properties
RETURN count(*) AS updated
