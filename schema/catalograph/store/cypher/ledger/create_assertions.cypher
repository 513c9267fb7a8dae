// New assertions, each with its edge and its first support, grouped by record.
// Parameters: rows (head, source, facts: list of key, tail, support)
// Returns: created
// Index: the key of the head, source_key, the key of the tail
UNWIND $rows AS row
MATCH (h:__HEAD__ {key: row.head})
MATCH (s:Source {key: row.source})
UNWIND row.facts AS fact
MATCH (t:__TAIL__ {key: fact.tail})
WITH h, s, t, fact.key AS key, fact.support AS is
CREATE (h)-[:__RELATION__]->(t)
CREATE (a:Assertion {key: key})-[:SUPPORTED_BY {
  origin: is.origin, extractor: is.extractor, version: is.version, confidence: is.confidence,
  run: is.run, field: is.field, start: is.start, end: is.end, model: is.model,
  prompt_hash: is.prompt_hash, original: is.original, rule: is.rule, said: is.said
}]->(s)
RETURN count(a) AS created
