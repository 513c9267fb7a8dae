// Some records that a run added: those that it wrote last and had not changed.
// Parameters: run, limit
// Returns: record, key, title (of the described product or the review, or null)
// Index: source_run, change_record
MATCH (s:Source {run: $run})
WHERE NOT EXISTS { MATCH (c:Change {record: s.key}) WHERE c.run = $run }
WITH s LIMIT $limit
OPTIONAL MATCH (s)-[:DESCRIBES]->(p:Product)
RETURN s.key AS record, p.key AS key, coalesce(p.title, s.title) AS title
