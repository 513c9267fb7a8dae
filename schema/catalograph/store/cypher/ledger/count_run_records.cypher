// How much a run added, changed and withdrew.
// Parameters: run
// Returns: written (records that it wrote last), rewritten (of these, those it had changed),
//   changed, withdrawn, offers
// Index: source_run, change_run, source_key, offer_run
CALL () {
  MATCH (s:Source {run: $run})
  RETURN count(s) AS written
}
CALL () {
  MATCH (c:Change {run: $run})
  OPTIONAL MATCH (s:Source {key: c.record})
  RETURN count(s) AS changed, count(c) - count(s) AS withdrawn,
         count(CASE WHEN s.run = $run THEN 1 END) AS rewritten
}
CALL () {
  MATCH (o:Offer {run: $run})
  RETURN count(o) AS offers
}
RETURN written, rewritten, changed, withdrawn, offers
