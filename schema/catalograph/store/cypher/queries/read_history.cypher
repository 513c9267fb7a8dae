// What a shopper's list starts from, with the state of the version's edges, so that they can be
// summed outside of the database. A product without a place in the model leads nowhere: it was
// withdrawn since, or is new.
// Parameters: those of `fragments/shopper_history`, footing (property of a product's place in the
//   model, without the slot)
// Returns: one row: model (null when none is live), artefact_hash (null without an artefact),
//   published (number of the last placement before it was written), placement (of the last one of
//   all), changes (number of the last change of products), products and users (numbers in the
//   graph), history (key, title, factor of each), hidden (keys), thin (factor of each part; null
//   for 1)
// Index: model_kind, model_key, user_key, product_key, graphstate_key
__SHOPPER_HISTORY__
OPTIONAL MATCH (state:GraphState {key: 'graph-state:schema'})
RETURN m {.key, .kind, .version, .slot, .parts, .rival, .diversity} AS model,
  m.artefact_hash AS artefact_hash,
  m.placement AS published,
  coalesce(state.placement, 0) AS placement,
  coalesce(state.changes, 0) AS changes,
  COUNT { (:Product) } AS products,
  COUNT { (:User) } AS users,
  [t IN history WHERE t.node[$footing + m.slot] IS NOT NULL
    | [t.node.key, t.node.title, t.factor]] AS history,
  [n IN hidden | n.key] AS hidden,
  thin
