OPTIONAL MATCH (m:Model {kind: 'text', live: true})
WHERE $vector IS NOT NULL AND size($vector) = m.dimension
WITH m ORDER BY m.version DESC LIMIT 1
CALL () {
  UNWIND $doubtful AS word
  CALL (word) {
    CALL db.index.fulltext.queryNodes($index, word.text, {limit: $few}) YIELD node
    RETURN count(node) AS known
  }
  WITH word WHERE known < $few
  RETURN collect(word.fuzzy) AS fuzzy
}
CALL (fuzzy) {
  CALL (fuzzy) {
    WITH fuzzy WHERE $text IS NOT NULL
    CALL db.index.fulltext.queryNodes($index, $text, {limit: $pool}) YIELD node, score
    RETURN node, score
    UNION ALL
    WITH fuzzy WHERE fuzzy <> []
    WITH reduce(all = '', one IN fuzzy | all + ' ' + one) AS text
    CALL db.index.fulltext.queryNodes('product_words', text, {limit: $pool}) YIELD node, score
    RETURN node, score
  }
  WITH node, sum(score) AS score
  WHERE node.listed
  ORDER BY score DESC, node.key
  RETURN collect(node) AS found
}
CALL (m, found) {
  UNWIND range(0, size(found) - 1) AS place
  RETURN found[place] AS p, ($damping + 1.0) / ($damping + 1 + place) AS words
  UNION ALL
  WITH m WHERE m IS NOT NULL AND $among IS NULL
  CALL db.index.vector.queryNodes(m.index, $pool, $vector) YIELD node
  RETURN node AS p, 0.0 AS words
  UNION ALL
  WITH m WHERE $among IS NOT NULL
  UNWIND range(0, size($among) - 1) AS place
  MATCH (p:Product {key: $among[place]})
  RETURN p, CASE WHEN m IS NULL AND $text IS NULL
    THEN ($damping + 1.0) / ($damping + 1 + place) ELSE 0.0 END AS words
}
WITH m, p, max(words) AS words
WHERE p.listed
  AND ($among IS NULL OR p.key IN $among)
WITH p, words, CASE WHEN m IS NOT NULL THEN
  2 * coalesce(vector.similarity.cosine(p['text_embedding_' + m.slot], $vector), 0.5) - 1
  END AS meaning
WITH p, CASE
  WHEN meaning IS NULL THEN words
  WHEN $text IS NULL THEN meaning
  ELSE $share * words + (1 - $share) * meaning
  END AS score
WHERE $after_score IS NULL
  OR score < $after_score
  OR (score = $after_score AND p.key > $after_key)
WITH p, score ORDER BY score DESC, p.key LIMIT $limit
RETURN p {.title, .key} AS product,
  score
