// Preference edges of the products that were placed after others, in both directions.
// Parameters: since (number of a placement), slot, most (number of products)
// Returns: one row: placement (number of the last one of all), placed (key and placement of each
//   product, in their order), edges (source, target, weight, parts, shoppers, without;
//   each once)
// Index: product_placement, graphstate_key
OPTIONAL MATCH (state:GraphState {key: 'graph-state:schema'})
WITH coalesce(state.placement, 0) AS placement
CALL () {
  MATCH (p:Product)
  WHERE p.placement > $since
  WITH p ORDER BY p.placement LIMIT $most
  RETURN collect(p) AS placed
}
RETURN placement, [p IN placed | [p.key, p.placement]] AS placed,
  COLLECT {
    UNWIND placed AS p
    MATCH (p)-[w:CO_PREFERRED]->(other:Product)
    WHERE w.slot = $slot
    RETURN [p.key, other.key, w.weight, w.parts, w.shoppers, w.without] AS edge
    UNION ALL
    UNWIND placed AS p
    MATCH (p)<-[w:CO_PREFERRED]-(other:Product)
    WHERE w.slot = $slot AND NOT other IN placed
    RETURN [other.key, p.key, w.weight, w.parts, w.shoppers, w.without] AS edge
  } AS edges
