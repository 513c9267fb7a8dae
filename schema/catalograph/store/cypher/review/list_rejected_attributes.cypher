// Attributes whose proposed values people have always rejected, by category.
// Parameters: fewest (decisions)
// Returns: category, attribute
// Index: reviewitem_decided
MATCH (i:ReviewItem)
WHERE i.decided IS NOT NULL AND i.verdict IS NOT NULL AND i.kind IN ['value', 'plausibility']
WITH i.category AS category, i.attribute AS attribute, count(*) AS decisions,
  count(CASE WHEN i.verdict <> 'reject' THEN 1 END) AS right
WHERE right = 0 AND decisions >= $fewest
RETURN category, attribute
