// Surface forms of nodes in records; for categories also those of their descendants.
// Parameters: keys
// Returns: key, said (distinct surface forms, in no order)
// Index: the key of the label, assertion_key
UNWIND $keys AS key
MATCH (n:__LABEL__ {key: key})
MATCH (n)<-[:CHILD_OF*0..]-(tail)<-[e]-(head:Product)
MATCH (:Assertion {key: 'assertion:' + head.key + '\t' + type(e) + '\t' + tail.key})
  -[s:SUPPORTED_BY]->()
RETURN key, collect(DISTINCT s.said) AS said
