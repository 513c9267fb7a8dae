// Shortest paths between two products over facts
MATCH (a:Product {key: $product}), (b:Product {key: $other})
MATCH path = allShortestPaths((a)
  -[:HAS_BRAND|IN_CATEGORY|HAS_VALUE|COMPATIBLE_WITH|PART_OF|USED_FOR|CHILD_OF*..4]-(b))
RETURN path LIMIT 10
