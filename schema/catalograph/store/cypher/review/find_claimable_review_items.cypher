// Questions that a reviewer may get: those held already first, then the least certain ones that nobody
// holds and the reviewer has not decided.
// Parameters: kind, category, attribute (null for any), reviewer, now, limit
// Returns: key
// Index: reviewitem_waiting
MATCH (i:ReviewItem {waiting: true})
WHERE ($kind IS NULL OR i.kind = $kind) AND ($category IS NULL OR i.category = $category)
  AND ($attribute IS NULL OR i.attribute = $attribute)
  AND (i.claimed_until IS NULL OR i.claimed_until <= $now OR i.claimed_by = $reviewer)
  AND NOT EXISTS { MATCH (:ReviewDecision {reviewer: $reviewer})-[:DECIDES]->(i) }
__REVIEW_ITEM_HOLDS__
WITH i, coalesce(i.claimed_by = $reviewer AND i.claimed_until > $now, false) AS mine
RETURN i.key AS key
ORDER BY mine DESC, i.place, i.key LIMIT $limit
