OPTIONAL MATCH (m:Model {kind: 'text', live: true})
WHERE $vector IS NOT NULL AND size($vector) = m.dimension
WITH m ORDER BY m.version DESC LIMIT 1
CALL () {
  OPTIONAL MATCH (r:Model {kind: 'ranker', live: true})
  RETURN CASE WHEN r IS NOT NULL THEN r {.key, .artefact_hash} END AS ranker
  ORDER BY r.version DESC LIMIT 1
}
CALL () {
  UNWIND $doubtful AS word
  CALL (word) {
    CALL db.index.fulltext.queryNodes($index, word.text, {limit: $few}) YIELD node
    RETURN count(node) AS known
  }
  WITH word WHERE known < $few
  RETURN collect(word.fuzzy) AS fuzzy
}
CALL () {
  WITH 1 AS one WHERE $complete IS NOT NULL
  CALL db.index.fulltext.queryNodes($index, $complete, {limit: $few}) YIELD node
  WHERE node.listed
  RETURN count(node) > 0 AS strict
}
CALL (fuzzy, strict) {
  CALL (fuzzy, strict) {
    WITH CASE WHEN strict THEN $complete ELSE $text END AS text WHERE text IS NOT NULL
    CALL db.index.fulltext.queryNodes($index, text, {limit: $pool}) YIELD node, score
    RETURN node, score
    UNION ALL
    WITH fuzzy WHERE fuzzy <> [] AND NOT strict
    WITH reduce(all = '', one IN fuzzy | all + ' ' + one) AS text
    CALL db.index.fulltext.queryNodes('product_words', text, {limit: $pool}) YIELD node, score
    RETURN node, score
  }
  WITH node, sum(score) AS score
  ORDER BY score DESC, node.key
  RETURN collect(node) AS found, collect(score) AS scores
}
CALL (m, found, scores) {
  UNWIND range(0, size(found) - 1) AS place
  RETURN found[place] AS p, ($damping + 1.0) / ($damping + 1 + place) AS words,
    scores[place] / scores[0] AS bm25
  UNION ALL
  WITH m WHERE m IS NOT NULL AND $among IS NULL
  CALL db.index.vector.queryNodes(m.index, $pool, $vector) YIELD node
  RETURN node AS p, 0.0 AS words, 0.0 AS bm25
  UNION ALL
  WITH m WHERE m IS NOT NULL AND $among IS NOT NULL
  UNWIND $among AS key
  MATCH (p:Product {key: key})
  RETURN p, 0.0 AS words, 0.0 AS bm25
}
WITH m, ranker, p, max(words) AS words, max(bm25) AS bm25
WHERE p.listed
  AND ($among IS NULL OR p.key IN $among)
WITH ranker, p, words, bm25, CASE WHEN m IS NOT NULL THEN
  2 * coalesce(vector.similarity.cosine(p['text_embedding_' + m.slot], $vector), 0.5) - 1
  END AS meaning
WITH ranker, p, words, bm25, meaning, CASE
  WHEN meaning IS NULL THEN words
  WHEN $text IS NULL THEN meaning
  ELSE $share * words + (1 - $share) * meaning
  END AS score
}
WITH p, score
WHERE $after_score IS NULL
  OR score < $after_score
  OR (score = $after_score AND p.key > $after_key)
WITH ranker, p, words, bm25, meaning, score ORDER BY score DESC, p.key LIMIT $limit
RETURN p {.title, .key} AS product,
  score, words, bm25, meaning, ranker
