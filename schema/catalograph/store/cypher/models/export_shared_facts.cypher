// Facts of one relation of all products, by tail.
// Parameters: none
// Returns: key and name of each tail, heads (keys, in no order)
// Index: none; an intended full scan
MATCH (p:Product)-[:__RELATION__]->(t)
RETURN t.key AS key, coalesce(t.name, t.title, t.id) AS name, collect(p.key) AS heads
