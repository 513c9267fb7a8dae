// Adds a release to the privacy budget.
// Parameters: key, multiplier, release (JSON)
// Returns: releases (number of them)
// Index: privacybudget_key
MATCH (b:PrivacyBudget {key: $key})
SET b.multipliers = b.multipliers + $multiplier, b.releases = b.releases + $release
RETURN size(b.releases) AS releases
