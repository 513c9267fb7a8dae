// Attributes and categories of questions without a decision.
// Parameters: limit (of each)
// Returns: facet (attribute or category), name, count
// Index: reviewitem_waiting
CALL () {
  MATCH (i:ReviewItem {waiting: true})
  WHERE i.attribute IS NOT NULL AND i.opinions = 0
__REVIEW_ITEM_HOLDS__
  WITH i.attribute AS name, count(*) AS count ORDER BY count DESC, name LIMIT $limit
  RETURN 'attribute' AS facet, name, count
  UNION
  MATCH (i:ReviewItem {waiting: true})
  WHERE i.category IS NOT NULL AND i.opinions = 0
__REVIEW_ITEM_HOLDS__
  WITH i.category AS name, count(*) AS count ORDER BY count DESC, name LIMIT $limit
  RETURN 'category' AS facet, name, count
}
RETURN facet, name, count ORDER BY facet, count DESC, name
