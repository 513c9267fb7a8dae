// What there is to learn from, beside products, facts and interactions.
// Parameters: after (time of the last days)
// Returns: one row: titles, descriptions, chinese (listed products with such, and with Chinese
//   titles), events, timed_events, queries, reviews, review_texts, passages, chinese_passages, served
//   (lists) and credited (clicks after the time that respond to a served list)
// Index: none; an intended full scan
CALL () {
  MATCH (p:Product) WHERE p.listed
  RETURN count(CASE WHEN p.title <> '' THEN 1 END) AS titles,
    count(CASE WHEN p.description <> '' THEN 1 END) AS descriptions,
    count(CASE WHEN p.title =~ '(?s).*[\u4e00-\u9fff].*' THEN 1 END) AS chinese
}
CALL () {
  MATCH (e:Event)
  RETURN count(e) AS events, count(e.time) AS timed_events,
    count(CASE WHEN e.kind = 'query' THEN 1 END) AS queries
}
CALL () {
  MATCH (r:Review)
  RETURN count(r) AS reviews, count(CASE WHEN r.text <> '' THEN 1 END) AS review_texts
}
CALL () {
  MATCH (p:Passage)
  RETURN count(p) AS passages,
    count(CASE WHEN p.language STARTS WITH 'zh' THEN 1 END) AS chinese_passages
}
CALL () {
  MATCH (e:Event {kind: 'click'})-[:RESPONDS_TO]->(:Served)
  WHERE e.time > $after
  RETURN count(e) AS credited
}
RETURN titles, descriptions, chinese, events, timed_events, queries, reviews, review_texts,
  passages, chinese_passages, COUNT { (:Served) } AS served, credited
