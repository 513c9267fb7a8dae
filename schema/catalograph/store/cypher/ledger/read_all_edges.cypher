// Everything asserted, for the content hash.
// Parameters: none
// Returns: head, relation, tail, properties, source (key of the record whose support is on the edge of
//   a fact; null for other edges)
// Index: none; an intended full scan
MATCH (h)-[r]->(t)
WHERE NOT r:CO_PREFERRED AND NOT r:COMPLEMENTED_BY AND NOT r:JUDGED_ON AND NOT r:SIMILAR
  AND NOT r:MEMBER_OF AND NOT r:RESPONDS_TO AND NOT r:SERVED_BY AND NOT r:RESTS_ON
  AND NOT r:WRITTEN_FOR AND NOT r:HELD AND NOT r:HAS_TURN AND NOT r:DECIDES
RETURN h.key AS head, type(r) AS relation, t.key AS tail, properties(r) AS properties,
  CASE WHEN h:Product AND r.extractor IS NOT NULL
    THEN COLLECT { MATCH (h)<-[:DESCRIBES]-(s:Source) RETURN s.key }[0] END AS source
