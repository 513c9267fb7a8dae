// Joins events to the lists they respond to; a list this graph does not know is passed over.
// Parameters: rows (event, served, position)
// Returns: nothing
// Index: event_key, served_key
UNWIND $rows AS row
MATCH (e:Event {key: row.event})
MATCH (s:Served {key: row.served})
CREATE (e)-[:RESPONDS_TO {position: row.position}]->(s)
