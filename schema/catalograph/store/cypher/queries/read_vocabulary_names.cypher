// Names by which shoppers may narrow a search: those of categories, and of the brands and values with
// the most products; and of what products fit.
// Parameters: limit (names of brands, of values, and of what products fit)
// Returns: kind (label, or Fit), key, name, attribute, number, unit (of a value), products (directly in it)
// Index: none
CALL () {
  MATCH (n:Brand)
  WITH n, COUNT { (n)<-[:HAS_BRAND]-() } AS products
  WHERE products > 0 AND n.name IS NOT NULL
  ORDER BY products DESC, n.key LIMIT $limit
  RETURN 'Brand' AS kind, n, products
  UNION ALL
  MATCH (n:Category)
  WHERE n.name IS NOT NULL
  RETURN 'Category' AS kind, n, COUNT { (n)<-[:IN_CATEGORY]-() } AS products
  UNION ALL
  MATCH (n:Value)
  WITH n, COUNT { (n)<-[:HAS_VALUE]-() } AS products
  WHERE products > 0 AND n.name IS NOT NULL
  ORDER BY products DESC, n.key LIMIT $limit
  RETURN 'Value' AS kind, n, products
  UNION ALL
  MATCH (n:Value)
  WITH n, COUNT { (n)<-[:COMPATIBLE_WITH|PART_OF]-() } AS products
  WHERE products > 0 AND n.name IS NOT NULL
  ORDER BY products DESC, n.key LIMIT $limit
  RETURN 'Fit' AS kind, n, products
}
RETURN kind, n.key AS key, n.name AS name, n.attribute AS attribute, n.number AS number,
  n.unit AS unit, products
ORDER BY kind, key
