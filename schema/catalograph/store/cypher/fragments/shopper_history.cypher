// Fragment: the live model, what a shopper chose, weighed by age, and what is not to be shown. If the
// model has a half-life, the weight of an interaction halves for each half-life by which it is older
// than the shopper's newest; if it has a decay, the weight fades with the number of later visits, the
// interactions of one time being one visit. An interaction without a time counts as the oldest.
// Products that the shopper interacted with are not shown again, or with `seen` only bought ones are
// left out; products that the shopper disliked or dismissed are never shown. Products of a session
// count like the shopper's own; those in `without` count as never chosen.
// A shopper who refuses personal lists is served like one of whom nothing is known.
// Parameters: model (key of a version in a slot, or null for the live one), user (key or null),
//   session (key, time or null), without (keys), kinds (event kinds that are interactions), liked
//   (smallest number of stars of a review that counts), seen
// Adds: m (the version, or null), history (node, factor), hidden (nodes), thin (what the parts of an
//   edge are multiplied by for a history of so few products; null for a longer one)
OPTIONAL MATCH (live:Model {kind: 'preference', live: true})
WITH live ORDER BY live.version DESC LIMIT 1
OPTIONAL MATCH (named:Model {key: $model}) WHERE named.slot IS NOT NULL
WITH CASE WHEN $model IS NULL THEN live ELSE named END AS m
OPTIONAL MATCH (u:User {key: $user})
WHERE NOT 'personalisation' IN coalesce(u.refused, [])
  AND ('personalisation' IN coalesce(u.agreed, [])
    OR NOT EXISTS { (:GraphState {key: 'graph-state:schema', consent_required: true}) })
WITH m,
  COLLECT {
    MATCH (u)-[:PERFORMED]->(:Event {kind: 'dismiss'})-[:ON]->(j:Product) RETURN DISTINCT j
  } AS dismissed,
  COLLECT {
    MATCH (u)-[:PERFORMED]->(:Event {kind: 'purchase'})-[:ON]->(j:Product) RETURN j
    UNION
    MATCH (u)-[:WROTE]->(:Review)-[:REVIEWS]->(j:Product) RETURN j
  } AS bought,
  COLLECT {
    CALL (u) {
      MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(j:Product) WHERE e.kind IN $kinds
      RETURN j, e.time AS time
      UNION ALL
      MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(j:Product)
      WHERE r.rating IS NULL OR r.rating >= $liked
      RETURN j, r.time AS time
      UNION ALL
      UNWIND $session AS event
      MATCH (j:Product {key: event.key})
      RETURN j, event.time AS time
    }
    WITH j, max(time) AS time
    WHERE NOT j.key IN $without
    RETURN {node: j, time: time}
  } AS took_to,
  COLLECT {
    MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(j:Product) WHERE r.rating < $liked RETURN j
  } AS disliked
WITH m, [t IN took_to WHERE NOT t.node IN dismissed] AS chosen,
  dismissed + disliked
    + CASE WHEN $seen THEN bought ELSE [t IN took_to | t.node] END AS hidden
CALL (chosen) {
  UNWIND chosen AS t
  WITH collect(t) AS known, min(t.time) AS oldest
  UNWIND known AS t
  WITH coalesce(t.time, oldest) AS time, collect(t.node) AS nodes
  ORDER BY time DESC
  RETURN collect({time: time, nodes: nodes}) AS visits
}
CALL (m, visits) {
  UNWIND range(0, size(visits) - 1) AS later
  WITH visits[later].nodes AS nodes,
    CASE
      WHEN m.decay_visits IS NOT NULL THEN exp(-later / m.decay_visits)
      WHEN m.half_life_days IS NULL OR visits[0].time IS NULL THEN 1.0
      ELSE 2 ^ (-duration.inSeconds(visits[later].time, visits[0].time).seconds
                / 86400.0 / m.half_life_days)
    END AS factor
  UNWIND nodes AS node
  RETURN collect({node: node, factor: factor}) AS history
}
WITH *, CASE
  WHEN size([t IN history WHERE t.node.listed]) <= m.thin_products THEN m.thin_factors
END AS thin
