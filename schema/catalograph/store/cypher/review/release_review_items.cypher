// Ends claims of a reviewer.
// Parameters: keys (sorted), reviewer
// Returns: released
// Index: reviewitem_key
UNWIND $keys AS key
MATCH (i:ReviewItem {key: key})
SET i.key = key
WITH i
WHERE i.claimed_by = $reviewer
SET i.claimed_by = null, i.claimed_until = null
RETURN count(*) AS released
