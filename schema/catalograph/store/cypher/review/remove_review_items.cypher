// Removes questions that nobody has decided.
// Parameters: kind, subjects (keys of what they are about), keep (keys of items that stay)
// Returns: removed
// Index: reviewitem_subject
UNWIND $subjects AS subject
MATCH (i:ReviewItem {subject: subject})
WHERE i.kind = $kind AND i.opinions = 0 AND NOT i.key IN $keep
DELETE i
RETURN count(*) AS removed
