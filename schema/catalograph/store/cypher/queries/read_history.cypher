// What a shopper's list starts from, with the state of the live model's edges, so that they can be
// summed outside of the database. A product without a place in the model leads nowhere: it was
// withdrawn since, or is new.
// Parameters: those of `fragments/shopper_history`, footing (property of a product's place in the
//   model, without the slot)
// Returns: one row: model (null when none is live), artefact (its name, or null), published (number
//   of the last placement before it was written), placement (of the last one of all), products and
//   users (numbers in the graph), history (key, title, factor of each), hidden (keys)
// Index: model_kind, user_key, product_key, graphstate_key
OPTIONAL MATCH (live:Model {kind: 'preference', live: true})
WITH live AS m ORDER BY live.version DESC LIMIT 1
__SHOPPER_HISTORY__
OPTIONAL MATCH (state:GraphState {key: 'graph-state:schema'})
RETURN m {.key, .kind, .version, .slot, .parts} AS model,
  m.artefact AS artefact,
  m.placement AS published,
  coalesce(state.placement, 0) AS placement,
  COUNT { (:Product) } AS products,
  COUNT { (:User) } AS users,
  [t IN history WHERE t.node[$footing + m.slot] IS NOT NULL
    | [t.node.key, t.node.title, t.factor]] AS history,
  [n IN hidden | n.key] AS hidden
