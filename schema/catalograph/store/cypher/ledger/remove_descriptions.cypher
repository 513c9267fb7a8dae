// Parameters: rows (source, product)
// Returns: nothing
// Index: source_key, product_key
UNWIND $rows AS row
MATCH (:Source {key: row.source})-[d:DESCRIBES]->(:Product {key: row.product})
DELETE d
