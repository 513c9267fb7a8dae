// Products to look at beside questions.
// Parameters: keys
// Returns: product (key, title, description, image_url, price, sale_price, currency, mpn, gtins,
//   source), brands, categories (names), values (attribute, name)
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
RETURN p {.key, .title, .description, .image_url, .price, .currency, .mpn, .gtins, .source}
    AS product,
  COLLECT { MATCH (p)-[:HAS_BRAND]->(b:Brand) RETURN b.name ORDER BY b.key } AS brands,
  COLLECT { MATCH (p)-[:IN_CATEGORY]->(c:Category) RETURN c.name ORDER BY c.key } AS categories,
  COLLECT {
    MATCH (p)-[:HAS_VALUE]->(v:Value) RETURN v {.attribute, .name} ORDER BY v.key LIMIT 12
  } AS values
