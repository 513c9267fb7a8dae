// How many products have each word, up to a limit.
// Parameters: words (each with text in Lucene's syntax), limit
// Returns: known (a number for each word, in order)
// Index: product_words
UNWIND range(0, size($words) - 1) AS place
CALL (place) {
  CALL db.index.fulltext.queryNodes('product_words', $words[place], {limit: $limit}) YIELD node
  RETURN count(node) AS known
}
WITH place, known ORDER BY place
RETURN collect(known) AS known
