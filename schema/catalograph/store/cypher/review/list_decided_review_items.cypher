// Decided questions, the latest first.
// Parameters: kind, category, attribute (null for any), before (time; null from the start), after (key
//   of the last item before), limit
// Returns: item (all properties), opinions (reviewer, verdict, correction, time; the first one first)
// Index: reviewitem_decided
MATCH (i:ReviewItem)
WHERE i.decided IS NOT NULL AND i.opinions > 0
  AND ($kind IS NULL OR i.kind = $kind) AND ($category IS NULL OR i.category = $category)
  AND ($attribute IS NULL OR i.attribute = $attribute)
  AND ($before IS NULL OR i.decided < $before OR (i.decided = $before AND i.key > $after))
WITH i ORDER BY i.decided DESC, i.key LIMIT $limit
RETURN i {.*} AS item,
  COLLECT {
    MATCH (d:ReviewDecision)-[:DECIDES]->(i)
    RETURN d {.reviewer, .verdict, .correction, .time} ORDER BY d.time, d.key
  } AS opinions
ORDER BY i.decided DESC, i.key
