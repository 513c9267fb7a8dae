// Documents and orders as records, with their parts and edges.
// Parameters: keys
// Returns: properties, user (key or null), parts (properties, by key), links (head, relation, tail,
//   name and path of the tail)
// Index: source_key
UNWIND $keys AS key
MATCH (n:Source {key: key})
WHERE n:Document OR n:Order
RETURN properties(n) AS properties,
  COLLECT { MATCH (n)<-[:PLACED]-(u:User) RETURN u.key }[0] AS user,
  COLLECT {
    MATCH (n)-[:HAS_PASSAGE|HAS_LINE|HAS_SHIPMENT|HAS_RETURN]->(part)
    RETURN properties(part) ORDER BY part.key
  } AS parts,
  COLLECT {
    MATCH (n)-[:HAS_PASSAGE|HAS_LINE|HAS_SHIPMENT|HAS_RETURN]->{0,1}(head)
      -[r:ABOUT|OF_PRODUCT|RETURNS]->(tail)
    WITH head.key AS head, type(r) AS relation, tail ORDER BY head, relation, tail.key
    RETURN {head: head, relation: relation, tail: tail.key, name: tail.name, path: tail.path}
  } AS links
