// Product data that entity resolution compares.
// Parameters: keys
// Returns: product, brands (names), categories (names, leaves), values (attribute, name)
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
RETURN p {.key, .source, .listed, .title, .description, .price, .mpn, .gtins,
          .changed} AS product,
  COLLECT { MATCH (p)-[:HAS_BRAND]->(b:Brand) RETURN b.name ORDER BY b.key } AS brands,
  COLLECT { MATCH (p)-[:IN_CATEGORY]->(c:Category) RETURN c.name ORDER BY c.key } AS categories,
  COLLECT {
    MATCH (p)-[:HAS_VALUE]->(v:Value) RETURN v {.attribute, .name} ORDER BY v.key
  } AS values
