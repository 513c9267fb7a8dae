// Time of the latest event or review, where a look at the last weeks should end.
// Parameters: none
// Returns: one row: time; null without any
// Index: none; an intended full scan of events and reviews
CALL () {
  MATCH (e:Event) RETURN max(e.time) AS time
  UNION ALL
  MATCH (r:Review) RETURN max(r.time) AS time
}
RETURN max(time) AS time
