// Number of questions by kind and state.
// Parameters: now
// Returns: kind, waiting (no decision), claimed (of these, held), second (waits for another reviewer),
//   decided, disputed
// Index: none; an intended full scan of the questions
MATCH (i:ReviewItem)
WHERE true
__REVIEW_ITEM_HOLDS__
RETURN i.kind AS kind,
  count(CASE WHEN i.waiting AND i.opinions = 0 THEN 1 END) AS waiting,
  count(CASE WHEN i.waiting AND i.opinions = 0 AND i.claimed_until > $now THEN 1 END) AS claimed,
  count(CASE WHEN i.waiting AND i.opinions > 0 THEN 1 END) AS second,
  count(CASE WHEN NOT i.waiting THEN 1 END) AS decided,
  count(CASE WHEN i.disputed THEN 1 END) AS disputed
ORDER BY kind
