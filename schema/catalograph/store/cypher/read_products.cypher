// Parameters: keys
// Returns: product of those that exist
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
RETURN p {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins, .url,
          .image_url, .released, .popularity} AS product
