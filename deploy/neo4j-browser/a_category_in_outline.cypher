// A category in outline: narrower ones, and ten products of each
MATCH (root:Category {key: $category})
MATCH tree = (c:Category)-[:CHILD_OF*0..2]->(root)
CALL (c) {
  OPTIONAL MATCH product = (:Product {listed: true})-[:IN_CATEGORY]->(c)
  RETURN product LIMIT 10
}
RETURN tree, product
