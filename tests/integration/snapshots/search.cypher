CALL () {
  CALL db.index.fulltext.queryNodes('product_text', $text, {limit: $pool}) YIELD node, score
  WITH node, score
  WHERE node.listed
    AND ($brand IS NULL OR EXISTS { (node)-[:HAS_BRAND]->(:Brand {key: $brand}) })
    AND ($category IS NULL OR EXISTS {
      (node)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $category}) })
    AND all(value IN $values WHERE EXISTS { (node)-[:HAS_VALUE]->(:Value {key: value}) })
    AND ($price_min IS NULL OR node.price >= $price_min)
    AND ($price_max IS NULL OR node.price <= $price_max)
  ORDER BY score DESC, node.key
  WITH collect(node) AS found
  UNWIND range(0, size(found) - 1) AS place
  RETURN found[place] AS p, 1.0 / (61 + place) AS part
  UNION ALL
  MATCH (m:Model {kind: 'text', live: true})
  WHERE $vector IS NOT NULL AND size($vector) = m.dimension
  WITH m ORDER BY m.version DESC LIMIT 1
  CALL db.index.vector.queryNodes(m.index, $pool, $vector) YIELD node, score
  WITH node, score
  WHERE node.listed
    AND ($brand IS NULL OR EXISTS { (node)-[:HAS_BRAND]->(:Brand {key: $brand}) })
    AND ($category IS NULL OR EXISTS {
      (node)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $category}) })
    AND all(value IN $values WHERE EXISTS { (node)-[:HAS_VALUE]->(:Value {key: value}) })
    AND ($price_min IS NULL OR node.price >= $price_min)
    AND ($price_max IS NULL OR node.price <= $price_max)
  ORDER BY score DESC, node.key
  WITH collect(node) AS found
  UNWIND range(0, size(found) - 1) AS place
  RETURN found[place] AS p, 1.0 / (61 + place) AS part
}
WITH p, sum(part) AS score
WHERE $after_score IS NULL
  OR score < $after_score
  OR (score = $after_score AND p.key > $after_key)
WITH p, score ORDER BY score DESC, p.key LIMIT $limit
RETURN p {.title, .key} AS product,
  score
