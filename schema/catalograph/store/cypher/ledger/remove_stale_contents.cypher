// Removes generated texts whose sources changed, of some products or of all.
// Parameters: products (keys; null for all)
// Returns: removed
// Index: content_product, product_key
CALL () {
  WITH * WHERE $products IS NULL
  MATCH (c:Content)
  RETURN c
  UNION
  UNWIND $products AS product
  MATCH (c:Content {product: product})
  RETURN c
}
__CONTENT_HOLDS__
WITH c WHERE NOT holds
DETACH DELETE c
RETURN count(*) AS removed
