// Questions whose verdict the graph does not follow yet, as an earlier process stopped in between.
// Parameters: before (time; later ones may still be worked on), limit
// Returns: key
// Index: reviewitem_unsettled
MATCH (i:ReviewItem {unsettled: true})
WHERE i.decided IS NULL OR i.decided < $before
RETURN i.key AS key ORDER BY key LIMIT $limit
