// Properties of the products that records describe.
// Parameters: keys (of sources)
// Returns: source (key), product
// Index: source_key
UNWIND $keys AS key
MATCH (s:Source {key: key})-[:DESCRIBES]->(p:Product)
RETURN key AS source,
  p {.key, .source, .id, .listed, .title, .description, .price, .currency, .sale_price,
     .price_amount, .sale_price_amount, .availability, .availability_status, .quantity, .gtins,
     .sku, .mpn, .group, .group_title, .option_names, .option_values, .url, .slug, .image_url,
     .media_urls, .media_alts, .language, .title_languages, .title_translations,
     .description_languages, .description_translations, .released, .popularity} AS product
