// States the privacy budget of the graph, or states it anew; what was spent stays.
// Parameters: key, epsilon, delta
// Returns: epsilon, delta, multipliers, releases
// Index: privacybudget_key
MERGE (b:PrivacyBudget {key: $key})
ON CREATE SET b.multipliers = [], b.releases = []
SET b.epsilon = $epsilon, b.delta = $delta
RETURN b.epsilon AS epsilon, b.delta AS delta, b.multipliers AS multipliers,
  b.releases AS releases
