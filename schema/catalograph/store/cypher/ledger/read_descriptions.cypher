// Properties of the products that records describe.
// Parameters: keys (of sources)
// Returns: source (key), product
// Index: source_key
UNWIND $keys AS key
MATCH (s:Source {key: key})-[:DESCRIBES]->(p:Product)
RETURN key AS source,
  p {.key, .source, .id, .listed, .title, .description, .price, .currency, .sale_price,
     .availability, .gtins, .mpn, .group, .url, .image_url, .released, .popularity} AS product
