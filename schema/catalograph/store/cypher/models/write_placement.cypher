// Replaces a product's preference edges in both directions, if the model is live.
// Parameters: model (key), slot, key, property (of the stored diagonal), footing (its
//   value), into and out (other product's key, weight, parts, shoppers, without
//   or null; sorted by key)
// Returns: held (whether the model is live in this slot)
// Index: model_key, product_key
OPTIONAL MATCH (m:Model {key: $model, live: true})
WHERE m.slot = $slot
CALL (m) {
  WITH m
  WHERE m IS NOT NULL
  MATCH (p:Product {key: $key})
  SET p[$property] = $footing  // first, as it locks the product
  WITH p
  CALL (p) {
    MATCH (p)-[w:CO_PREFERRED]-()
    WHERE w.slot = $slot
    DELETE w
  }
  CALL (p) {
    UNWIND $into AS edge
    MATCH (j:Product {key: edge[0]})
    CREATE (j)-[:CO_PREFERRED {
      slot: $slot, weight: edge[1], parts: edge[2], shoppers: edge[3], without: edge[4]
    }]->(p)
  }
  CALL (p) {
    UNWIND $out AS edge
    MATCH (j:Product {key: edge[0]})
    CREATE (p)-[:CO_PREFERRED {
      slot: $slot, weight: edge[1], parts: edge[2], shoppers: edge[3], without: edge[4]
    }]->(j)
  }
  // Last, as it locks the state of the graph until the commit.
  OPTIONAL MATCH (state:GraphState {key: 'graph-state:schema'})
  SET state.placement = coalesce(state.placement, 0) + 1
  SET p.placement = state.placement
  RETURN count(*) AS written
}
RETURN m IS NOT NULL AS held
