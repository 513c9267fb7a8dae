// The communities of products in the live version.
// Parameters: keys (of products)
// Returns: one row: property (in which the live version holds numbers; null without one), numbers (of
//   the communities of these products)
// Index: model_kind, product_key
OPTIONAL MATCH (live:Model {kind: 'community', live: true})
WITH live ORDER BY live.version DESC LIMIT 1
RETURN live.property AS property, COLLECT {
  MATCH (p:Product)
  WHERE p.key IN $keys AND p[live.property] IS NOT NULL
  RETURN DISTINCT p[live.property] AS number ORDER BY number
} AS numbers
