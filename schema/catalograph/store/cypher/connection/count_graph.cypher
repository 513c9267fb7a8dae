// Parameters: none
// Returns: nodes, relations: how many the graph has
// Index: none; both are read from the count store
CALL () { MATCH (n) RETURN count(n) AS nodes }
CALL () { MATCH ()-[r]->() RETURN count(r) AS relations }
RETURN nodes, relations
