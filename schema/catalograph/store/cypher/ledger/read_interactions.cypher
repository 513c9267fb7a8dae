// Reviews and events as records.
// Parameters: keys
// Returns: label, properties, user, product, served (keys or null), position, mentions (key and
//   node of the value, properties of the edge)
// Index: source_key
UNWIND $keys AS key
MATCH (n:Source {key: key})
WHERE n:Review OR n:Event
OPTIONAL MATCH (n)<-[:WROTE|PERFORMED]-(u:User)
OPTIONAL MATCH (n)-[:REVIEWS|ON]->(p:Product)
OPTIONAL MATCH (n)-[r:RESPONDS_TO]->(s:Served)
RETURN CASE WHEN n:Review THEN 'Review' ELSE 'Event' END AS label, properties(n) AS properties,
  u.key AS user, p.key AS product, s.key AS served, r.position AS position,
  COLLECT {
    MATCH (n)-[m:MENTIONS]->(v:Value)
    RETURN {key: v.key, node: v {.attribute, .name, .number, .unit}, edge: properties(m)}
  } AS mentions
