// Feedback of shoppers on the lists of each model version: a list counts as clicked when at least
// one click names it, as converted when at least one purchase does.
// Parameters: kind
// Returns: key, version, live, lists, items, clicked, converted; newest version first
// Index: model_kind
MATCH (m:Model {kind: $kind})
OPTIONAL MATCH (s:Served)-[:SERVED_BY]->(m)
WITH m, s,
  EXISTS { (s)<-[:RESPONDS_TO]-(:Event {kind: 'click'}) } AS clicked,
  EXISTS { (s)<-[:RESPONDS_TO]-(:Event {kind: 'purchase'}) } AS converted
RETURN m.key AS key, m.version AS version, m.live AS live,
  count(s) AS lists,
  sum(size(s.items)) AS items,
  sum(CASE WHEN clicked THEN 1 ELSE 0 END) AS clicked,
  sum(CASE WHEN converted THEN 1 ELSE 0 END) AS converted
ORDER BY version DESC
