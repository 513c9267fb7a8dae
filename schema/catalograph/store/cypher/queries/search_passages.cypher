// Passages of documents for words, by two full-text indexes: stemmed English, and words as written
// with pairs of Chinese, Japanese and Korean characters. Their ranks are fused, as scores of two
// indexes cannot be compared (reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009).
// Parameters: text (in Lucene's syntax), stemmed and written (names of the indexes), pool
//   (candidates of each), damping, kind, language, about (key of a node; each or null for any),
//   limit
// Returns: key, score (at most 2 / (damping + 1)); best first
// Index: passage_text, passage_words
CALL () {
  CALL db.index.fulltext.queryNodes($stemmed, $text, {limit: $pool}) YIELD node, score
  WITH node, score ORDER BY score DESC, node.key
  WITH collect(node) AS nodes
  UNWIND range(0, size(nodes) - 1) AS place
  RETURN nodes[place] AS node, 1.0 / ($damping + 1 + place) AS share
  UNION ALL
  CALL db.index.fulltext.queryNodes($written, $text, {limit: $pool}) YIELD node, score
  WITH node, score ORDER BY score DESC, node.key
  WITH collect(node) AS nodes
  UNWIND range(0, size(nodes) - 1) AS place
  RETURN nodes[place] AS node, 1.0 / ($damping + 1 + place) AS share
}
WITH node, sum(share) AS score
WHERE ($language IS NULL OR node.language = $language)
  AND ($kind IS NULL OR EXISTS { (node)<-[:HAS_PASSAGE]-(:Document {kind: $kind}) })
  AND ($about IS NULL
    OR EXISTS { (node)-[:ABOUT]->(a) WHERE a.key = $about }
    OR EXISTS { (node)<-[:HAS_PASSAGE]-(:Document)-[:ABOUT]->(a) WHERE a.key = $about })
RETURN node.key AS key, score
ORDER BY score DESC, key
LIMIT $limit
