// Feedback of shoppers on the lists of each model version: a list counts as clicked when at least
// one click names it, as converted when at least one purchase does. Of an interleaved list, only the
// items that a version placed count for it.
// Parameters: kind
// Returns: key, version, live, lists, items, clicked, converted; newest version first
// Index: model_kind
MATCH (m:Model {kind: $kind})
OPTIONAL MATCH (s:Served)-[:SERVED_BY]->(m)
WITH m, s, CASE WHEN s.placed_by IS NULL THEN s.items
  ELSE [n IN range(0, size(s.items) - 1) WHERE s.placed_by[n] = m.key | s.items[n]] END AS placed
WITH m, s, placed,
  EXISTS { (s)<-[:RESPONDS_TO]-(:Event {kind: 'click'})-[:ON]->(p) WHERE p.key IN placed } AS clicked,
  EXISTS { (s)<-[:RESPONDS_TO]-(:Event {kind: 'purchase'})-[:ON]->(p) WHERE p.key IN placed }
    AS converted
RETURN m.key AS key, m.version AS version, m.live AS live,
  count(s) AS lists,
  sum(size(placed)) AS items,
  sum(CASE WHEN clicked THEN 1 ELSE 0 END) AS clicked,
  sum(CASE WHEN converted THEN 1 ELSE 0 END) AS converted
ORDER BY version DESC
