// Fragment: condition that a shopper's data may be used for training. It stands alone in its lines,
// behind WHERE or AND.
// Reads: u (user)
  (NOT 'training' IN coalesce(u.refused, []) AND ('training' IN coalesce(u.agreed, [])
    OR NOT EXISTS { (:GraphState {key: 'graph-state:schema', consent_required: true}) }))
