CALL () { MATCH (m:Product) WHERE m.listed WITH coalesce(m.currency, '') AS code, count(m.price) AS priced ORDER BY priced DESC, code LIMIT 1 WHERE priced > 0 RETURN coalesce(head(collect(code)), '') AS m_currency }
CALL (m_currency) {
MATCH (m:Product) WHERE m.listed AND m.key > '' WITH m, m.key AS m_1 ORDER BY m_1 ASC LIMIT $p1
RETURN collect(m {`@`: [m_1]}) AS rows
}
RETURN rows, m_currency AS currency
;
MATCH (m:Product) WHERE m.listed
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
CALL (found) {
  UNWIND found AS p
  WITH coalesce(p.availability_status, 'UNKNOWN') AS status, count(DISTINCT p) AS count
  ORDER BY count DESC, status
  RETURN collect({status: status, count: count}) AS availabilities
}
CALL (found) {
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
RETURN size(found) AS total, brands, categories, currencies, currency, prices, ratings, availabilities, communities, attributes
