// What a text about a product may say: its properties, its facts that are no guesses, each with the
// records that state it, and what its reviews say of aspects.
// Parameters: key, most (aspects)
// Returns: product, records (pairs of key and content hash of those that describe it), facts
//   (relation, key, name, attribute, number, unit, path, title, assertion (key, null where there is
//   none), records), opinions (key, name, praised, total, records); no row for an unknown product
// Index: product_key, assertion_key
MATCH (p:Product {key: $key})
RETURN p {.*} AS product,
  COLLECT { MATCH (p)<-[:DESCRIBES]-(s:Source) RETURN [s.key, s.content_hash] ORDER BY s.key }
    AS records,
  COLLECT {
    MATCH (p)-[f:HAS_BRAND|IN_CATEGORY|HAS_VALUE|COMPATIBLE_WITH|PART_OF|USED_FOR]->(t)
    OPTIONAL MATCH (a:Assertion {key: 'assertion:' + p.key + '\t' + type(f) + '\t' + t.key})
    WITH f, t, a, COLLECT {
      MATCH (a)-[s:SUPPORTED_BY]->(r:Source)
      WHERE s.origin <> 'IMPUTED'
      RETURN DISTINCT [r.key, r.content_hash]
    } AS records
    WHERE a IS NULL OR records <> []
    RETURN {
      relation: type(f), key: t.key, name: coalesce(t.name, t.title, t.id), attribute: t.attribute,
      number: t.number, unit: t.unit, path: t.path, title: t.title, assertion: a.key,
      records: records
    } AS fact
    ORDER BY fact.relation, fact.key
  } AS facts,
  COLLECT {
    MATCH (p)<-[:REVIEWS]-(r:Review)-[m:MENTIONS]->(v:Value)
    WITH v, count(DISTINCT r) AS total,
      count(DISTINCT CASE m.sentiment WHEN 'positive' THEN r END) AS praised,
      collect(DISTINCT [r.key, r.content_hash]) AS records
    RETURN {key: v.key, name: v.name, praised: praised, total: total, records: records} AS opinion
    ORDER BY total DESC, v.key LIMIT $most
  } AS opinions
