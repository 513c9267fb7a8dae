// Locks questions and reads them. A property is set to lock a node before it is read.
// Parameters: keys (sorted)
// Returns: item (all properties), opinions (reviewer, verdict, correction, time; the first one first);
//   no row for an unknown key
// Index: reviewitem_key
UNWIND $keys AS key
MATCH (i:ReviewItem {key: key})
SET i.key = key
WITH i
RETURN i {.*} AS item,
  COLLECT {
    MATCH (d:ReviewDecision)-[:DECIDES]->(i)
    RETURN d {.reviewer, .verdict, .correction, .time} ORDER BY d.time, d.key
  } AS opinions
