// Connects events to the served lists they respond to; an unknown list is ignored.
// Parameters: rows (event, served, position)
// Returns: nothing
// Index: event_key, served_key
UNWIND $rows AS row
MATCH (e:Event {key: row.event})
MATCH (s:Served {key: row.served})
CREATE (e)-[:RESPONDS_TO {position: row.position}]->(s)
