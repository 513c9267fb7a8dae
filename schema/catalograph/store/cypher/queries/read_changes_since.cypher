// Changes of products after others.
// Parameters: since (number of a change)
// Returns: one row: changes (number of the last one of all), products (keys of those whose properties
//   or facts changed and that still exist), entries (products (null where it may be any), removed
//   (keys), renamed of each that the outbox still has)
// Index: graphstate_key, product_change, outboxentry_place
OPTIONAL MATCH (state:GraphState {key: 'graph-state:schema'})
WITH coalesce(state.changes, 0) AS changes
RETURN changes,
  COLLECT { MATCH (p:Product) WHERE p.change > $since RETURN p.key } AS products,
  COLLECT {
    MATCH (entry:OutboxEntry)
    WHERE entry.place > $since AND entry.place <= changes
    RETURN [entry.products, coalesce(entry.removed, []), coalesce(entry.renamed, false)]
  } AS entries
