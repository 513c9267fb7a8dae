// What a map shows of products.
// Parameters: keys
// Returns: key, title, categories (names from the root to the narrowest category, of the longest
//   such path, the first by key)
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
RETURN key, p.title AS title, coalesce(COLLECT {
  MATCH path = (p)-[:IN_CATEGORY]->(c:Category)-[:CHILD_OF*0..]->(root:Category)
  WHERE NOT EXISTS { (root)-[:CHILD_OF]->() }
  RETURN [n IN reverse(tail(nodes(path))) | n.name] ORDER BY length(path) DESC, c.key LIMIT 1
}[0], []) AS categories
