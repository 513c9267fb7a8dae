// Listed products with one of some brands, categories or values that meet further filters, the most
// popular first; the filters are put in behind `WHERE p.listed`.
// Parameters: brands, categories, values (keys; one of the lists is not empty), limit
// Returns: key
// Index: brand_key, category_key, value_key
CALL () {
  UNWIND $brands AS key
  MATCH (:Brand {key: key})<-[:HAS_BRAND]-(p:Product)
  RETURN p
  UNION
  UNWIND $categories AS key
  MATCH (:Category {key: key})<-[:CHILD_OF*0..]-(:Category)<-[:IN_CATEGORY]-(p:Product)
  RETURN p
  UNION
  UNWIND $values AS key
  MATCH (:Value {key: key})<-[:HAS_VALUE]-(p:Product)
  RETURN p
}
WITH p
WHERE p.listed
WITH p ORDER BY coalesce(p.popularity, 0.0) DESC, p.key LIMIT $limit
RETURN p.key AS key
