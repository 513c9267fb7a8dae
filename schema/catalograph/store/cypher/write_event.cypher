// One event of a shopper, written at most once, joined to its user, its product and the list it
// responds to. A list that is unknown, or that did not show the product, is passed over.
// Parameters: key, properties (content_hash among them), product (key or null), user (key or null),
//   user_source, served (key or null), position (or null: where the list shows the product)
// Returns: created, content_hash of the event that was there before, responded; no row when the
//   product is unknown
// Index: product_key, event_key, user_key, served_key
OPTIONAL MATCH (p:Product {key: $product})
OPTIONAL MATCH (old:Event {key: $key})
WITH p, old WHERE $product IS NULL OR p IS NOT NULL
CALL (p, old) {
  WITH p, old WHERE old IS NULL
  CREATE (e:Event:Source {key: $key})
  SET e += $properties
  FOREACH (product IN CASE WHEN p IS NULL THEN [] ELSE [p] END | CREATE (e)-[:ON]->(product))
  FOREACH (key IN CASE WHEN $user IS NULL THEN [] ELSE [$user] END |
    MERGE (u:User {key: key})
    ON CREATE SET u.source = $user_source
    CREATE (u)-[:PERFORMED]->(e))
  WITH e
  OPTIONAL MATCH (list:Served {key: $served}) WHERE $product IN list.items
  FOREACH (s IN CASE WHEN list IS NULL THEN [] ELSE [list] END |
    CREATE (e)-[r:RESPONDS_TO]->(s)
    SET r.position = coalesce(
      $position, [n IN range(0, size(s.items) - 1) WHERE s.items[n] = $product][0]))
  RETURN count(e) AS created, count(list) AS responses
}
RETURN created = 1 AS created, old.content_hash AS content_hash,
  responses = 1 OR EXISTS { (old)-[:RESPONDS_TO]->() } AS responded
