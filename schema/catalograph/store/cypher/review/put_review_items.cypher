// Asks questions. A question that was asked before keeps its decisions, and takes the new state only
// while nobody has decided it; one about something else under the same key (another stamp) is asked
// anew.
// Parameters: rows (key, stamp, properties; sorted by key), now
// Returns: added (questions that wait now and did not before)
// Index: reviewitem_key
UNWIND $rows AS row
MERGE (i:ReviewItem {key: row.key})
ON CREATE SET i.queued = $now, i.fresh = true
WITH i, row, i.fresh IS NOT NULL OR coalesce(i.stamp, '') <> row.stamp AS anew
CALL (i, anew) {
  WITH i, anew WHERE anew
  MATCH (d:ReviewDecision)-[:DECIDES]->(i)
  DETACH DELETE d
  RETURN count(*) AS forgotten
}
SET i.fresh = null
SET i += CASE WHEN anew OR i.opinions = 0 THEN row.properties ELSE {} END
SET i += CASE WHEN anew
  THEN {stamp: row.stamp, waiting: true, opinions: 0, disputed: false, verdict: null,
        correction: null, decided: null, unsettled: null, undo: null, claimed_by: null,
        claimed_until: null}
  ELSE {} END
RETURN count(CASE WHEN anew THEN 1 END) AS added
