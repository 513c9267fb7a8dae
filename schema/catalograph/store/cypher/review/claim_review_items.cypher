// Holds questions for a reviewer, unless somebody else holds them by now. A property is set to lock a
// node before it is read, so of two reviewers only one gets a question.
// Parameters: keys (sorted), reviewer, now, until
// Returns: key of each that the reviewer holds
// Index: reviewitem_key
UNWIND $keys AS key
MATCH (i:ReviewItem {key: key})
SET i.key = key
WITH i
WHERE i.waiting
  AND (i.claimed_until IS NULL OR i.claimed_until <= $now OR i.claimed_by = $reviewer)
  AND NOT EXISTS { MATCH (:ReviewDecision {reviewer: $reviewer})-[:DECIDES]->(i) }
SET i.claimed_by = $reviewer, i.claimed_until = $until
RETURN i.key AS key
