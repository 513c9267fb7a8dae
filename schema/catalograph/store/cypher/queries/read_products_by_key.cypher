// Parameters: keys (of products, in the order wanted)
// Returns: product; no row for an unknown key
// Index: product_key
UNWIND range(0, size($keys) - 1) AS place
MATCH (p:Product {key: $keys[place]})
WITH p, place ORDER BY place
RETURN p {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins, .url,
          .image_url, .released, .popularity} AS product
