// Events of shoppers, each written at most once, connected to its user, its product and the served
// list it responds to. A list that is unknown, or that did not show the product, is ignored. Events
// are written one by one, so that each sees the earlier ones.
// Parameters: rows (key, properties (content_hash among them), product (key or null), user (key or
//   null), user_source, served (key or null), position (or null: where the list shows the
//   product)), now
// Returns: key, known (whether the product exists), created, content_hash of the existing event,
//   responded; one row for each event, in order
// Index: product_key, event_key, user_key, served_key
UNWIND range(0, size($rows) - 1) AS n
WITH n, $rows[n] AS row
CALL (row) {
  OPTIONAL MATCH (p:Product {key: row.product})
  OPTIONAL MATCH (old:Event {key: row.key})
  WITH p, old, row.product IS NULL OR p IS NOT NULL AS known
  CALL (row, p, old, known) {
    WITH row, p, old, known WHERE known AND old IS NULL
    CREATE (e:Event:Source {key: row.key})
    SET e += row.properties
    FOREACH (product IN CASE WHEN p IS NULL THEN [] ELSE [p] END | CREATE (e)-[:ON]->(product))
    FOREACH (key IN CASE WHEN row.user IS NULL THEN [] ELSE [row.user] END |
      MERGE (u:User {key: key})
      ON CREATE SET u.source = row.user_source
      CREATE (u)-[:PERFORMED]->(e)
      SET u.changed = $now)
    WITH row, e
    OPTIONAL MATCH (list:Served {key: row.served})
    WHERE row.product IS NULL OR row.product IN list.items
    FOREACH (s IN CASE WHEN list IS NULL THEN [] ELSE [list] END |
      CREATE (e)-[r:RESPONDS_TO]->(s)
      SET r.position = coalesce(
        row.position, [n IN range(0, size(s.items) - 1) WHERE s.items[n] = row.product][0]))
    RETURN count(e) AS created, count(list) AS responses
  }
  RETURN known, created = 1 AS created, old.content_hash AS content_hash,
    responses = 1 OR EXISTS { (old)-[:RESPONDS_TO]->() } AS responded
}
RETURN row.key AS key, known, created, content_hash, responded
ORDER BY n
