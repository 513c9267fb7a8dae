// Nodes whose current surface form no record uses any more.
// Parameters: rows (key, said: surface form, under: its prefix in the forms of descendants, or
//   null)
// Returns: key
// Index: the key of the label, assertion_key
UNWIND $rows AS row
MATCH (n:__LABEL__ {key: row.key})
WHERE NOT EXISTS {
  MATCH (n)<-[:CHILD_OF*0..]-(tail)<-[e]-(head:Product)
  MATCH (:Assertion {key: 'assertion:' + head.key + '\t' + type(e) + '\t' + tail.key})
    -[s:SUPPORTED_BY]->()
  WHERE s.said = row.said OR s.said STARTS WITH row.under
} AND NOT EXISTS {
  MATCH (n)<-[:CHILD_OF*0..]-()<-[e]-(:Product)
  WHERE e.said = row.said OR e.said STARTS WITH row.under
}
RETURN row.key AS key
