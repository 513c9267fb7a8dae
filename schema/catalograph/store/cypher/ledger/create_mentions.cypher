// Aspects that reviews mention.
// Parameters: rows (review, value, properties)
// Returns: created
// Index: review_key, value_key
UNWIND $rows AS row
MATCH (r:Review {key: row.review})
MATCH (v:Value {key: row.value})
CREATE (r)-[m:MENTIONS]->(v)
SET m = row.properties
RETURN count(*) AS created
