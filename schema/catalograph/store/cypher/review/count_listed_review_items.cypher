// Number of questions that wait, and of decided ones.
// Parameters: kind, category, attribute (null for any)
// Returns: waiting, decided
// Index: reviewitem_waiting, reviewitem_decided
CALL () {
  MATCH (i:ReviewItem {waiting: true})
  WHERE ($kind IS NULL OR i.kind = $kind) AND ($category IS NULL OR i.category = $category)
    AND ($attribute IS NULL OR i.attribute = $attribute)
__REVIEW_ITEM_HOLDS__
  RETURN count(*) AS waiting
}
CALL () {
  MATCH (i:ReviewItem)
  WHERE i.decided IS NOT NULL AND i.opinions > 0
    AND ($kind IS NULL OR i.kind = $kind) AND ($category IS NULL OR i.category = $category)
    AND ($attribute IS NULL OR i.attribute = $attribute)
  RETURN count(*) AS decided
}
RETURN waiting, decided
