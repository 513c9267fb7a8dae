// Passages of documents for a question: words by two full-text indexes (stemmed English; words as
// written, with pairs of Chinese, Japanese and Korean characters), meaning by vectors, and what they
// are about. Words count as the mean of both indexes' BM25, each relative to its best, times the share
// of the question's words that a passage has: the best of few words is little evidence. Meaning
// counts from the least cosine on. Both are added up as a convex combination (Bruch, Gai and Ingber,
// TOIS 2023). A passage without a vector cannot be compared by meaning: its words count for the
// whole, on the scale of the best one that has one. Without a live model by the encoder of the
// question, BM25 is used alone.
// Parameters: text (in Lucene's syntax), terms (the question's words, each with a blank before it but
//   for pairs of Chinese characters), stemmed and written (names of the indexes), pool
//   (candidates of each), model (kind of vectors), encoder and vector (of the question, or null),
//   near (candidates of vectors), floor (least cosine of a passage without the words), share (of
//   words in the sum), kind, language, about (key of a node; each or null for any), subject (key of
//   the node that passages are preferred for, or null), scope (its passages that are candidates
//   whatever they say), bonus (added to the score of its passages; half of it for those of its
//   brand and categories), limit
// Returns: passage, score, similarity (cosine, or null), word_share (share of the terms with which a
//   word of the passage begins; 0 without terms); best first
// Index: passage_text, passage_words, model_kind, the vector index of the live model, the key of the
//   label of the subject
OPTIONAL MATCH (m:Model {kind: $model, live: true})
WHERE m.encoder = $encoder AND m.dimension = size($vector)
WITH m ORDER BY m.version DESC LIMIT 1
OPTIONAL MATCH (own:__LABEL__ {key: $subject})
WITH m, own, COLLECT {
  MATCH (own)-[:HAS_BRAND|IN_CATEGORY]->()-[:CHILD_OF]->*(wider) RETURN DISTINCT wider
} AS wider
CALL () {
  CALL () {
    CALL db.index.fulltext.queryNodes($stemmed, $text, {limit: $pool}) YIELD node, score
    WITH collect({node: node, score: score}) AS hits, max(score) AS best
    UNWIND hits AS hit
    RETURN hit.node AS node, hit.score / best AS share
    UNION ALL
    CALL db.index.fulltext.queryNodes($written, $text, {limit: $pool}) YIELD node, score
    WITH collect({node: node, score: score}) AS hits, max(score) AS best
    UNWIND hits AS hit
    RETURN hit.node AS node, hit.score / best AS share
  }
  WITH node, sum(share) / 2 AS words
  RETURN collect({node: node, words: words}) AS matched
}
CALL (m) {
  WITH m WHERE m IS NOT NULL
  CALL db.index.vector.queryNodes(m.index, $near, $vector) YIELD node, score
  WHERE 2 * score - 1 >= $floor
  RETURN collect(node) AS nearest
}
CALL (m, own, wider) {
  WITH own, wider WHERE m IS NOT NULL AND own IS NOT NULL
  UNWIND [own] + wider AS subject
  MATCH (subject)<-[:ABOUT]-()-[:HAS_PASSAGE]->{0,1}(p:Passage)
  WITH DISTINCT p LIMIT $scope
  RETURN collect(p) AS scoped
}
CALL (m, own, wider, matched, nearest, scoped) {
  CALL (matched, nearest, scoped) {
    UNWIND matched AS hit
    RETURN hit.node AS p, hit.words AS words
    UNION ALL
    UNWIND nearest + scoped AS p
    RETURN p, 0.0 AS words
  }
  WITH m, own, wider, p, max(words) AS words
  WITH m, p, words,
    CASE WHEN own IS NULL THEN 0.0
      WHEN EXISTS { (p)<-[:HAS_PASSAGE]-{0,1}()-[:ABOUT]->(own) } THEN 1.0
      WHEN EXISTS { MATCH (p)<-[:HAS_PASSAGE]-{0,1}()-[:ABOUT]->(w) WHERE w IN wider } THEN 0.5
      ELSE 0.0 END AS closeness
  WHERE ($about IS NULL OR closeness > 0)
    AND ($language IS NULL OR p.language = $language)
    AND ($kind IS NULL OR EXISTS { (p)<-[:HAS_PASSAGE]-(:Document {kind: $kind}) })
  WITH p, words, closeness, CASE WHEN m IS NOT NULL
    THEN 2 * vector.similarity.cosine(p[m.property], $vector) - 1 END AS similarity,
    toLower(' ' + coalesce(p.heading + ' ', '') + p.text) AS said
  WHERE words > 0 OR similarity >= $floor
  WITH p, words, closeness, similarity,
    reduce(t = said, sign IN ['\n', '"', '(', '-', '/'] | replace(t, sign, ' ')) AS said
  WITH p, words, closeness, similarity, CASE WHEN $terms = [] THEN 0.0
    ELSE 1.0 * size([term IN $terms WHERE said CONTAINS term]) / size($terms) END AS word_share,
    CASE WHEN similarity > $floor THEN (similarity - $floor) / (1 - $floor)
      WHEN similarity IS NOT NULL THEN 0.0 END AS meaning
  WITH max(meaning) AS best, collect({
    passage: p, words: words, closeness: closeness, meaning: meaning,
    similarity: similarity, word_share: word_share
  }) AS compared
  UNWIND compared AS one
  WITH one, best, one.words * CASE WHEN $terms = [] THEN 1.0 ELSE one.word_share END AS covered
  RETURN one.passage AS p, one.similarity AS similarity, one.word_share AS word_share,
    $bonus * one.closeness + CASE
      WHEN best IS NULL THEN one.words
      WHEN one.meaning IS NULL THEN covered * ($share + (1 - $share) * best)
      ELSE $share * covered + (1 - $share) * one.meaning
    END AS score
}
WITH p, score, similarity, word_share ORDER BY score DESC, p.key LIMIT $limit
RETURN p {.key, .heading, .text} AS passage, score, similarity, word_share
