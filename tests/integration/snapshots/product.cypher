MATCH (m:Product {key: $p1})
RETURN m {.key, .title, .price} AS node
