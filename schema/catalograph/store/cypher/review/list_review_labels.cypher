// Decided questions about facts that were read in a text, for training.
// Parameters: none
// Returns: item (all properties), opinions (none: the verdict in force is on the item)
// Index: reviewitem_decided
MATCH (i:ReviewItem)
WHERE i.decided IS NOT NULL AND i.verdict IS NOT NULL AND i.tail IS NOT NULL
RETURN i {.*} AS item, [] AS opinions
ORDER BY i.product, i.key
