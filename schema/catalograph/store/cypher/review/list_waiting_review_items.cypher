// Questions that wait for a decision, the least certain first.
// Parameters: kind, category, attribute (null for any), place and after (key) of the last item before
//   (null from the start), limit
// Returns: item (all properties), opinions (reviewer, verdict, correction, time; the first one first)
// Index: reviewitem_waiting
MATCH (i:ReviewItem {waiting: true})
WHERE ($kind IS NULL OR i.kind = $kind) AND ($category IS NULL OR i.category = $category)
  AND ($attribute IS NULL OR i.attribute = $attribute)
  AND ($after IS NULL OR i.place > $place OR (i.place = $place AND i.key > $after))
__REVIEW_ITEM_HOLDS__
WITH i ORDER BY i.place, i.key LIMIT $limit
RETURN i {.*} AS item,
  COLLECT {
    MATCH (d:ReviewDecision)-[:DECIDES]->(i)
    RETURN d {.reviewer, .verdict, .correction, .time} ORDER BY d.time, d.key
  } AS opinions
ORDER BY i.place, i.key
