// Takes the write lock of the privacy budget and reads it, so that of two releases at the same time
// the second counts the first.
// Parameters: key
// Returns: epsilon, delta, multipliers, releases; no row where no budget was stated
// Index: privacybudget_key
MATCH (b:PrivacyBudget {key: $key})
SET b.key = $key
RETURN b.epsilon AS epsilon, b.delta AS delta, b.multipliers AS multipliers,
  b.releases AS releases
