// Parameters: none
// Returns: child, parent (category keys)
// Index: none; an intended full scan
MATCH (c:Category)-[:CHILD_OF]->(p:Category)
RETURN c.key AS child, p.key AS parent
