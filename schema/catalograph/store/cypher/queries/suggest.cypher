// Autocompletion: brands and categories whose names, and products whose titles, contain the typed
// words, the last one as a prefix. If these are too few, words may have typing errors. Brands and
// categories with the most products come first, at most `named` of each; then products, those whose
// title starts with the typed text first. What has no typing error comes before what has some.
// Parameters: names and titles (in Lucene's syntax), mistyped_names and mistyped_titles (the same
//   with errors, or null), start (what was typed, in lower case), pool (candidates of each kind),
//   named, limit
// Returns: kind (label), key, text, products (of a brand or category; null for a product)
// Index: name_words, product_words
CALL () {
  CALL db.index.fulltext.queryNodes('name_words', $names, {limit: $pool}) YIELD node
  RETURN collect(node) AS exact_names
}
CALL () {
  CALL db.index.fulltext.queryNodes('product_words', $titles, {limit: $pool}) YIELD node
  WHERE node.listed
  RETURN collect(node) AS exact_titles
}
WITH exact_names, exact_titles,
  size(exact_names) + size(exact_titles) < $limit AND $mistyped_titles IS NOT NULL AS few
CALL (exact_names, exact_titles, few) {
  UNWIND exact_names AS node
  RETURN node, 0 AS errors
  UNION ALL
  UNWIND exact_titles AS node
  RETURN node, 0 AS errors
  UNION ALL
  WITH exact_names, few WHERE few
  CALL db.index.fulltext.queryNodes('name_words', $mistyped_names, {limit: $pool}) YIELD node
  WHERE NOT node IN exact_names
  RETURN node, 1 AS errors
  UNION ALL
  WITH exact_titles, few WHERE few
  CALL db.index.fulltext.queryNodes('product_words', $mistyped_titles, {limit: $pool}) YIELD node
  WHERE node.listed AND NOT node IN exact_titles
  RETURN node, 1 AS errors
}
CALL (node) {
  WITH node WHERE node:Brand
  RETURN 'Brand' AS kind, node.name AS text, COUNT { (node)<-[:HAS_BRAND]-() } AS products
  UNION
  WITH node WHERE node:Category
  RETURN 'Category' AS kind, node.name AS text, COUNT { (node)<-[:IN_CATEGORY]-() } AS products
  UNION
  WITH node WHERE node:Product
  RETURN 'Product' AS kind, node.title AS text, null AS products
}
WITH node, errors, kind, text, products,
  kind = 'Product' AND NOT toLower(text) STARTS WITH $start AS within
ORDER BY kind, errors, within, coalesce(products, node.popularity, 0.0) DESC,
  CASE kind WHEN 'Product' THEN size(text) ELSE 0 END, node.key
WITH kind, collect({key: node.key, text: text, products: products}) AS ranked
WITH kind, CASE kind WHEN 'Product' THEN ranked[..$limit] ELSE ranked[..$named] END AS best
UNWIND range(0, size(best) - 1) AS place
// Brand, Category, Product: the order of the alphabet is the order wanted.
WITH kind, best[place] AS one, place
ORDER BY kind, place LIMIT $limit
RETURN kind, one.key AS key, one.text AS text, one.products AS products
