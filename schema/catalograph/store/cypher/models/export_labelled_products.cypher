// Listed products with the facts that records assert, to learn from.
// Parameters: none
// Returns: key, title, categories (key and name, by key), values (attribute and name; the attribute
// is null for a brand)
// Index: none; an intended full scan
MATCH (p:Product)
WHERE p.listed AND p.title IS NOT NULL
CALL (p) {
  MATCH (p)-[r:HAS_BRAND|HAS_VALUE|IN_CATEGORY]->(tail)
  WHERE r.extractor IS NOT NULL OR EXISTS {
    (:Assertion {key: 'assertion:' + p.key + '\t' + type(r) + '\t' + tail.key})
      -[:SUPPORTED_BY {origin: 'ASSERTED'}]->()
  }
  RETURN collect({relation: type(r), key: tail.key, attribute: tail.attribute, name: tail.name}) AS tails
}
RETURN p.key AS key, p.title AS title,
       COLLECT { UNWIND tails AS t WITH t WHERE t.relation = 'IN_CATEGORY' RETURN [t.key, t.name] ORDER BY t.key } AS categories,
       COLLECT { UNWIND tails AS t WITH t WHERE t.relation <> 'IN_CATEGORY' RETURN [t.attribute, t.name] ORDER BY t.key } AS values
