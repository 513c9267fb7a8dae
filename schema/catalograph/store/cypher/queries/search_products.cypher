// Listed products for search words: BM25 of full text and cosine of text vectors, added up as a
// convex combination (Bruch, Gai and Ingber, TOIS 2023). BM25 scores have no fixed scale, so the
// rank is used instead: (damping + 1) / (damping + 1 + place), as in reciprocal rank fusion
// (Cormack, Clarke and Büttcher, SIGIR 2009). A product that full text did not find has no text
// share. Words that very few products have are also searched with typing errors. Without a vector,
// or if its dimension differs from the live text model's, full text is used alone.
// Places of full text beyond the first `near` count only for products that vectors do not find, and
// these rank last; so the first `near` products are the same for any pool, except with typing
// errors, whose scores are added to those of other words. A product without a vector cannot be
// compared by meaning: its text share counts for the whole, on the scale of the best product that
// has one.
// Parameters: index (of full text), text (in Lucene's syntax, or null for vectors alone), complete
//   (query for products with all words, which replace the others if there are any; or null),
//   doubtful (list of text and fuzzy: words that may be mistyped), few (products that make a word
//   known), vector (of the query, or null), share (of full text in the sum), damping, pool
//   (candidates of full text), deepest (the same where words are mistyped), near (candidates of
//   vectors), floor (least cosine of those), among (keys of the products to rank, in the order that
//   counts where there are neither words nor vectors; or null for all), after_score and after_key
//   (of the last product seen, or null), limit; filters are put in behind `WHERE p.listed`
// Returns: product, score; parts of the score: words (share by rank), bm25 (relative to the best
//   one's) and meaning (cosine, or null); ranker (key, hash of the artefact of the live ranker,
//   or null)
// Index: product_text, product_words, product_key, model_kind, the vector index of the live text
//   model
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
WITH m, ranker, fuzzy, strict, CASE WHEN fuzzy = [] THEN $pool ELSE $deepest END AS pool
CALL (fuzzy, strict, pool) {
  CALL (fuzzy, strict, pool) {
    WITH CASE WHEN strict THEN $complete ELSE $text END AS text WHERE text IS NOT NULL
    CALL db.index.fulltext.queryNodes($index, text, {limit: pool}) YIELD node, score
    RETURN node, score
    UNION ALL
    WITH fuzzy WHERE fuzzy <> [] AND NOT strict
    WITH reduce(all = '', one IN fuzzy | all + ' ' + one) AS text
    CALL db.index.fulltext.queryNodes('product_words', text, {limit: pool}) YIELD node, score
    RETURN node, score
  }
  WITH node, sum(score) AS score
  ORDER BY score DESC, node.key
  WITH collect({node: node, score: score}) AS hits
  RETURN [hit IN hits WHERE hit.node.listed] AS matched, size(hits) >= pool AS cut
}
CALL (m, strict) {
  WITH m WHERE m IS NOT NULL AND $among IS NULL AND NOT strict
  CALL db.index.vector.queryNodes(m.index, $near, $vector) YIELD node, score
  WHERE 2 * score - 1 >= $floor
  RETURN collect(node) AS nearest
}
WITH m, ranker, matched, nearest, cut OR size(nearest) >= $near AS cut
CALL (m, matched, nearest) {
  CALL (m, matched, nearest) {
    UNWIND range(0, size(matched) - 1) AS place
    RETURN matched[place].node AS p, place, false AS close,
      matched[place].score / matched[0].score AS bm25
    UNION ALL
    UNWIND nearest AS p
    RETURN p, null AS place, true AS close, 0.0 AS bm25
    UNION ALL
    WITH m WHERE $among IS NOT NULL
    UNWIND range(0, size($among) - 1) AS place
    MATCH (p:Product {key: $among[place]})
    RETURN p, CASE WHEN m IS NULL AND $text IS NULL THEN place END AS place, true AS close,
      0.0 AS bm25
  }
  WITH p, min(place) AS place, max(close) AS close, max(bm25) AS bm25
  WHERE p.listed
    AND ($among IS NULL OR p.key IN $among)
  RETURN collect({product: p, place: place, close: close, bm25: bm25}) AS candidates
}
CALL (m, candidates) {
  UNWIND candidates AS one
  WITH m, one.product AS p, one.bm25 AS bm25, m IS NULL AS alone, one.place AS place,
    m IS NOT NULL AND $text IS NOT NULL AND one.place >= $near AS deep, one.close AS close
  WITH m, p, bm25, alone, deep AND NOT close AS far, CASE WHEN deep AND close THEN 0.0
    ELSE coalesce(($damping + 1.0) / ($damping + 1 + place), 0.0) END AS words
  WITH p, bm25, alone, far, words, CASE WHEN m IS NOT NULL AND NOT coalesce(far, false)
    THEN 2 * vector.similarity.cosine(p['text_embedding_' + m.slot], $vector) - 1 END AS meaning
  WITH collect({product: p, bm25: bm25, words: words, alone: alone, far: far, meaning: meaning})
    AS compared, max(meaning) AS best
  UNWIND compared AS one
  RETURN one.product AS p, one {.words, .bm25, .meaning} AS parts, CASE
    WHEN one.alone THEN one.words
    WHEN one.far THEN $share * one.words
    WHEN one.meaning IS NULL THEN one.words * ($share + (1 - $share) * coalesce(best, 1.0))
    WHEN $text IS NULL THEN one.meaning
    ELSE $share * one.words + (1 - $share) * CASE WHEN one.meaning > 0 THEN one.meaning ELSE 0 END
  END AS score
}
WITH p, score, parts, ranker
WHERE $after_score IS NULL
  OR score < $after_score
  OR (score = $after_score AND p.key > $after_key)
WITH p, score, parts, ranker ORDER BY score DESC, p.key LIMIT $limit
RETURN p {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins, .url,
          .image_url, .released, .popularity} AS product,
  score, parts, ranker
