// Listed products with the most similar words to each of some products.
// Parameters: rows (key, text (Lucene syntax escaped)), limit
// Returns: key, other (key of a product, not itself)
// Index: product_text
UNWIND $rows AS row
CALL (row) {
  WITH row, 'title:(' + row.text + ') description:(' + row.text + ')' AS text
  CALL db.index.fulltext.queryNodes('product_text', text, {limit: $limit + 1}) YIELD node
  WITH row, node
  WHERE node.listed AND node.key <> row.key
  RETURN node.key AS other
}
RETURN row.key AS key, other
