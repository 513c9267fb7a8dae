CALL () { MATCH (m:Product) WHERE m.listed AND EXISTS { (m)-[:HAS_BRAND]->(:Brand {key: $p1}) } WITH coalesce(m.currency, '') AS code, count(m.price) AS priced ORDER BY priced DESC, code LIMIT 1 WHERE priced > 0 RETURN coalesce(head(collect(code)), '') AS m_currency }
RETURN m_currency AS currency
;
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
  WITH m WHERE m IS NOT NULL AND $among IS NOT NULL
  UNWIND $among AS key
  MATCH (p:Product {key: key})
  RETURN p, 0.0 AS words
}
WITH m, p, max(words) AS words
WHERE p.listed
  AND EXISTS { (p)-[:HAS_BRAND]->(:Brand {key: $p2}) }
  AND CASE WHEN coalesce(p.currency, '') = $p1 THEN p.price END <= $p3
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
;
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
  WITH m WHERE m IS NOT NULL AND $among IS NOT NULL
  UNWIND $among AS key
  MATCH (p:Product {key: key})
  RETURN p, 0.0 AS words
}
WITH m, p, max(words) AS words
WHERE p.listed
  AND EXISTS { (p)-[:HAS_BRAND]->(:Brand {key: $p2}) }
  AND CASE WHEN coalesce(p.currency, '') = $p1 THEN p.price END <= $p3
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
WITH p AS m
WITH collect(m) AS found
CALL (found) {
  UNWIND found AS p
  MATCH (p)-[:HAS_BRAND]->(b:Brand)
  WITH b, count(DISTINCT p) AS count ORDER BY count DESC, b.key LIMIT $values
  RETURN collect({key: b.key, label: b.name, count: count}) AS brands
}
CALL (found) {
  UNWIND found AS p
  MATCH (p)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(c:Category)
  WITH c, count(DISTINCT p) AS count ORDER BY count DESC, c.key LIMIT $values
  RETURN collect({key: c.key, label: c.name, count: count}) AS categories
}
CALL (found) {
  UNWIND found AS p
  MATCH (p)-[:HAS_VALUE]->(v:Value)
  WITH v, count(DISTINCT p) AS count ORDER BY count DESC, v.key
  WITH v.attribute AS name, sum(count) AS total,
    collect({value: v, count: count})[..$values] AS values
  ORDER BY total DESC, name LIMIT $attributes
  UNWIND range(0, size(values) - 1) AS place
  WITH name, total, place, values[place].value AS v, values[place].count AS count
  CALL (v) {
    WITH v WHERE v.unit IS NOT NULL
    RETURN COLLECT { MATCH (v)<-[fact:HAS_VALUE]-(holder:Product) WITH holder, fact ORDER BY holder.key LIMIT 20 CALL (v, holder, fact) { MATCH (:Assertion {key: 'assertion:' + holder.key + '\tHAS_VALUE\t' + v.key})-[support:SUPPORTED_BY]->() WHERE support.origin <> 'IMPUTED' RETURN support.original AS original UNION ALL WITH fact WHERE fact.extractor IS NOT NULL RETURN fact.original AS original } RETURN coalesce(original, v.name) } AS written
    UNION
    WITH v WHERE v.unit IS NULL
    RETURN [] AS written
  }
  WITH name, total, place,
    v {.key, label: v.name, .number, .unit, count: count, written: written} AS value
  ORDER BY total DESC, name, place
  WITH name, total, collect(value) AS values ORDER BY total DESC, name
  RETURN collect({name: name, values: values}) AS attributes
}
CALL (found) {
  UNWIND found AS p
  WITH coalesce(p.currency, '') AS code, count(p.price) AS count ORDER BY count DESC, code
  WHERE count > 0
  RETURN collect({code: code, count: count}) AS currencies
}
WITH *, coalesce($currency, currencies[0].code, '') AS currency
CALL (found, currency) {
  UNWIND found AS p
  WITH CASE WHEN coalesce(p.currency, '') = currency THEN p.price END AS price WHERE price IS NOT NULL
  WITH collect(price) AS prices, min(price) AS lowest, percentileDisc(price, 0.25) AS low,
    percentileDisc(price, 0.5) AS middle, percentileDisc(price, 0.75) AS high, max(price) AS highest
  UNWIND [[lowest, low], [low, middle], [middle, high], [high, highest]] AS band
  WITH DISTINCT band, size([price IN prices WHERE band[0] <= price <= band[1]]) AS count
  WHERE count > 0
  RETURN collect({low: band[0], high: band[1], count: count}) AS prices
}
CALL (found) {
  UNWIND found AS p
  MATCH (p)<-[:REVIEWS]-(r:Review)
  WITH p, avg(r.rating) AS rating
  UNWIND [4, 3, 2] AS stars
  WITH stars, count(CASE WHEN rating >= stars THEN 1 END) AS count WHERE count > 0
  ORDER BY stars DESC
  RETURN collect({stars: stars, count: count}) AS ratings
}
RETURN size(found) AS total, brands, categories, attributes, prices, ratings, currency,
  currencies
