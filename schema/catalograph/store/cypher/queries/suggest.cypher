// Autocompletion: brands and categories whose names, and products whose titles, contain the typed
// words, the last one as a prefix. Brands and categories with the most products come first, at most
// `named` of each; then products, those whose title starts with the typed text first.
// Parameters: names and titles (in Lucene's syntax), start (what was typed, in lower case), pool
//   (candidates of each kind), named, limit
// Returns: kind (label), key, text, products (of a brand or category; null for a product)
// Index: name_words, product_words
CALL () {
  CALL db.index.fulltext.queryNodes('name_words', $names, {limit: $pool}) YIELD node
  WITH node, CASE WHEN node:Brand THEN ['Brand', COUNT { (node)<-[:HAS_BRAND]-() }]
    ELSE ['Category', COUNT { (node)<-[:IN_CATEGORY]-() }] END AS told
  WITH node, told[0] AS kind, told[1] AS products
  ORDER BY products DESC, node.key
  WITH kind, collect({node: node, products: products})[..$named] AS best
  UNWIND range(0, size(best) - 1) AS rank
  RETURN kind, best[rank].node.key AS key, best[rank].node.name AS text,
         best[rank].products AS products, rank
  UNION ALL
  CALL db.index.fulltext.queryNodes('product_words', $titles, {limit: $pool}) YIELD node
  WHERE node.listed
  WITH node, NOT toLower(node.title) STARTS WITH $start AS within
  ORDER BY within, coalesce(node.popularity, 0.0) DESC, size(node.title), node.key LIMIT $limit
  WITH collect(node) AS found
  UNWIND range(0, size(found) - 1) AS rank
  RETURN 'Product' AS kind, found[rank].key AS key, found[rank].title AS text,
         null AS products, rank
}
// Brand, Category, Product: the order of the alphabet is the order wanted.
WITH kind, key, text, products, rank
ORDER BY kind, rank LIMIT $limit
RETURN kind, key, text, products
