// Everything asserted, for the content hash.
// Parameters: none
// Returns: head, relation, tail, properties
// Index: none; an intended full scan
MATCH (h)-[r]->(t)
WHERE NOT r:CO_PREFERRED AND NOT r:COMPLEMENTED_BY AND NOT r:SIMILAR AND NOT r:MEMBER_OF
  AND NOT r:RESPONDS_TO AND NOT r:SERVED_BY
RETURN h.key AS head, type(r) AS relation, t.key AS tail, properties(r) AS properties
