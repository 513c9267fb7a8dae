// Surface forms of nodes in records; for categories also those of their descendants.
// Parameters: keys
// Returns: key, said (distinct surface forms, in no order)
// Index: the key of the label, assertion_key
UNWIND $keys AS key
MATCH (n:__LABEL__ {key: key})
MATCH (n)<-[:CHILD_OF*0..]-(tail)<-[e]-(head:Product)
CALL (head, e, tail) {
  MATCH (:Assertion {key: 'assertion:' + head.key + '\t' + type(e) + '\t' + tail.key})
    -[s:SUPPORTED_BY]->()
  RETURN s.said AS said
  UNION
  WITH e WHERE e.extractor IS NOT NULL
  RETURN e.said AS said
}
RETURN key, collect(DISTINCT said) AS said
