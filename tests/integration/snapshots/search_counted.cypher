CALL () { MATCH (m:Product) WHERE m.listed AND EXISTS { (m)-[:HAS_BRAND]->(:Brand {key: $p1}) } WITH coalesce(m.currency, '') AS code, count(m.price) AS priced ORDER BY priced DESC, code LIMIT 1 WHERE priced > 0 RETURN coalesce(head(collect(code)), '') AS m_currency }
RETURN m_currency AS currency
;
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
  AND EXISTS { (p)-[:HAS_BRAND]->(:Brand {key: $p2}) }
  AND CASE WHEN coalesce(p.currency, '') = $p1 THEN p.price END <= $p3
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
RETURN p {.title, .key} AS product,
  score, parts, ranker
;
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
  WITH p, [coalesce(EXISTS { (p)-[:HAS_BRAND]->(:Brand {key: $p1}) }, false), coalesce(CASE WHEN coalesce(p.currency, '') = $p2 THEN p.price END <= $p3, false)] AS meets
WITH p, [n IN range(0, size(meets) - 1) WHERE NOT meets[n]] AS missed
WHERE size(missed) < 2
WITH collect(CASE WHEN missed = [] THEN p END) AS found,
  collect(CASE WHEN missed = [0] THEN p END) AS also_1,
  collect(CASE WHEN missed = [1] THEN p END) AS also_2
  RETURN found, also_1, also_2
}
CALL (found, also_1, also_2) {
  UNWIND found + also_1 AS p
  MATCH (p)-[:HAS_BRAND]->(b:Brand)
  WITH b, count(DISTINCT p) AS count ORDER BY count DESC, b.key LIMIT $values
  RETURN collect({key: b.key, label: b.name, count: count}) AS brands
}
CALL (found, also_1, also_2) {
  UNWIND found AS p
  MATCH (p)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(c:Category)
  WITH c, count(DISTINCT p) AS count ORDER BY count DESC, c.key LIMIT $values
  RETURN collect({key: c.key, label: c.name, count: count}) AS categories
}
CALL (found, also_1, also_2) {
  UNWIND found AS p
  WITH coalesce(p.currency, '') AS code, count(p.price) AS count ORDER BY count DESC, code
  WHERE count > 0
  RETURN collect({code: code, count: count}) AS currencies
}
WITH *, coalesce($currency, currencies[0].code, '') AS currency
CALL (found, also_1, also_2, currency) {
  UNWIND found + also_2 AS p
  WITH CASE WHEN coalesce(p.currency, '') = currency THEN p.price END AS price WHERE price IS NOT NULL
  WITH collect(price) AS prices, min(price) AS lowest, percentileDisc(price, 0.25) AS low,
    percentileDisc(price, 0.5) AS middle, percentileDisc(price, 0.75) AS high, max(price) AS highest
  UNWIND [[lowest, low], [low, middle], [middle, high], [high, highest]] AS band
  WITH DISTINCT band, size([price IN prices WHERE band[0] <= price <= band[1]]) AS count
  WHERE count > 0
  RETURN collect({low: band[0], high: band[1], count: count}) AS prices
}
CALL (found, also_1, also_2) {
  UNWIND found AS p
  MATCH (p)<-[:REVIEWS]-(r:Review)
  WITH p, avg(r.rating) AS rating
  UNWIND [4, 3, 2] AS stars
  WITH stars, count(CASE WHEN rating >= stars THEN 1 END) AS count WHERE count > 0
  ORDER BY stars DESC
  RETURN collect({stars: stars, count: count}) AS ratings
}
CALL (found, also_1, also_2) {
  UNWIND found AS p
  WITH coalesce(p.availability_status, 'UNKNOWN') AS status, count(DISTINCT p) AS count
  ORDER BY count DESC, status
  RETURN collect({status: status, count: count}) AS availabilities
}
CALL (found, also_1, also_2) {
  OPTIONAL MATCH (live:Model {kind: 'community', live: true})
  WITH live ORDER BY live.version DESC LIMIT 1
  UNWIND found AS p
  WITH live, p[live.property] AS number, count(DISTINCT p) AS count, min(p.key) AS member
  WHERE number IS NOT NULL
  WITH live, collect({number: number, count: count, member: member}) AS counted
  UNWIND live.communities AS line
  WITH live, split(line, '\t') AS parts, counted
  WITH live, parts, [one IN counted WHERE one.number = toInteger(parts[0])][0] AS own
  WHERE own IS NOT NULL
  WITH live, parts, own ORDER BY own.count DESC, parts[1] LIMIT $values
  RETURN collect({
    key: CASE
      WHEN EXISTS {
        MATCH (c:Product {key: parts[1]}) WHERE c[live.property] = own.number
      } THEN parts[1]
      ELSE own.member
    END,
    title: COLLECT { MATCH (c:Product {key: parts[1]}) RETURN c.title }[0],
    count: own.count,
    facts: COLLECT {
      UNWIND range(2, size(parts) - 1) AS place
      MATCH (fact:Brand|Category|Value {key: parts[place]})
      WITH fact, place ORDER BY place
      RETURN fact {.key, .name, .number, .unit}
    }
  }) AS communities
}
CALL (found, also_1, also_2) {
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
RETURN size(found) AS total, cut, brands, categories, currencies, currency, prices, ratings, availabilities, communities, attributes
