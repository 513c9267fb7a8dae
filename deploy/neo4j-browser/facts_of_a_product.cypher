// Facts of a product
MATCH path = (p:Product {key: $product})
  -[:HAS_BRAND|IN_CATEGORY|HAS_VALUE|COMPATIBLE_WITH|PART_OF|USED_FOR]->()
RETURN path
