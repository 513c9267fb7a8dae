// The trial of a kind, with a vote of each shopper for the version that placed more of the items that
// the shopper clicked. A list without a shopper votes for itself.
// Parameters: kind
// Returns: live, rival (keys), started, lists, live_votes, rival_votes; no row without a trial
// Index: model_kind, model_key
MATCH (live:Model {kind: $kind, live: true})
WITH live ORDER BY live.version DESC LIMIT 1
MATCH (rival:Model {key: live.rival})
WHERE rival.slot IS NOT NULL
CALL (live, rival) {
  MATCH (live)<-[:SERVED_BY]-(s:Served)-[:SERVED_BY]->(rival)
  WHERE s.time >= live.trial_started
  RETURN count(s) AS lists
}
CALL (live, rival) {
  MATCH (live)<-[:SERVED_BY]-(s:Served)-[:SERVED_BY]->(rival)
  WHERE s.time >= live.trial_started
  MATCH (s)<-[:RESPONDS_TO]-(e:Event {kind: 'click'})-[:ON]->(p:Product)
  OPTIONAL MATCH (e)<-[:PERFORMED]-(u:User)
  WITH coalesce(u.key, s.key) AS voter,
    [n IN range(0, size(s.items) - 1) WHERE s.items[n] = p.key | s.placed_by[n]][0] AS placed_by
  WITH voter,
    sum(CASE placed_by WHEN live.key THEN 1 WHEN rival.key THEN -1 ELSE 0 END) AS ahead
  RETURN count(CASE WHEN ahead > 0 THEN 1 END) AS live_votes,
    count(CASE WHEN ahead < 0 THEN 1 END) AS rival_votes
}
RETURN live.key AS live, rival.key AS rival, live.trial_started AS started, lists, live_votes,
  rival_votes
