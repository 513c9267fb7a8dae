// One page of listed products in the order of their keys.
// Parameters: after (key of the last product seen; '' for the first page), limit, and the filter:
//   brand, category (keys or null; descendants of the category count), values (keys; all must
//   hold), price_min, price_max (or null)
// Returns: product
// Index: product_key
MATCH (p:Product)
WHERE p.key > $after AND p.listed
  AND ($brand IS NULL OR EXISTS { (p)-[:HAS_BRAND]->(:Brand {key: $brand}) })
  AND ($category IS NULL
       OR EXISTS { (p)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $category}) })
  AND all(value IN $values WHERE EXISTS { (p)-[:HAS_VALUE]->(:Value {key: value}) })
  AND ($price_min IS NULL OR p.price >= $price_min)
  AND ($price_max IS NULL OR p.price <= $price_max)
WITH p ORDER BY p.key LIMIT $limit
RETURN p {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins, .url,
          .image_url, .released, .popularity} AS product
