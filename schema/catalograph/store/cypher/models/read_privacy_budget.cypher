// Parameters: key
// Returns: epsilon, delta, multipliers, releases; no row where no budget was stated
// Index: privacybudget_key
MATCH (b:PrivacyBudget {key: $key})
RETURN b.epsilon AS epsilon, b.delta AS delta, b.multipliers AS multipliers,
  b.releases AS releases
