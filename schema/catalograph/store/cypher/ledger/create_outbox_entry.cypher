// Tells the caches of the API that a transaction changed products; its last statement, so that little
// time passes between the entry's time and its commit, and as it locks the state of the graph until
// then: entries are numbered in the order of their commits.
// Parameters: key, products (keys, or null where it may be any), changed (keys of the products whose
//   own properties or facts changed, all locked already), renamed (whether a node that products share
//   has another name)
// Returns: nothing
// Index: graphstate_key, product_key; uniqueness of key is kept by the constraint
OPTIONAL MATCH (state:GraphState {key: 'graph-state:schema'})
SET state.changes = coalesce(state.changes, 0) + 1
CREATE (entry:OutboxEntry {key: $key, time: timestamp()})
SET entry.products = $products, entry.place = state.changes,
  entry.renamed = CASE WHEN $renamed THEN true END
WITH entry
CALL (entry) {
  UNWIND $changed AS key
  OPTIONAL MATCH (p:Product {key: key})
  SET p.change = entry.place
  WITH key, p WHERE p IS NULL
  RETURN collect(key) AS removed
}
SET entry.removed = CASE WHEN removed <> [] THEN removed END
