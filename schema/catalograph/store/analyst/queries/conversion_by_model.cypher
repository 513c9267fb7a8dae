// Title: Conversion by model version
// Question: How often is a list of recommendations clicked or bought from, by the model that made it?
// Title zh: 各模型版本的转化率
// Question zh: 推荐列表被点击、带来购买的比例，按生成它的模型版本是多少？
// Empty: No list was served yet, or none that the server has written. Lists come from the API's
//   recommendations.
// Column: model STRING: kind and version
// Column: live BOOLEAN: whether it is in use
// Column: lists INTEGER: lists shown
// Column: clicked INTEGER: lists with a click at least; of an interleaved list, on an item that this
//   version placed
// Column: converted INTEGER: lists with a purchase at least; likewise
// Column: click_rate FLOAT: clicked over lists
// Column: conversion FLOAT: converted over lists
MATCH (s:Served)-[:SERVED_BY]->(m:Model)
WITH m, s, CASE WHEN s.placed_by IS NOT NULL
  THEN [n IN range(0, size(s.items) - 1) WHERE s.placed_by[n] = m.key | s.items[n]] END AS placed
WITH m,
  count(s) AS lists,
  count(CASE WHEN EXISTS {
    (s)<-[:RESPONDS_TO]-(:Event {kind: 'click'})-[:ON]->(p)
    WHERE placed IS NULL OR p.key IN placed } THEN 1 END)
    AS clicked,
  count(CASE WHEN EXISTS {
    (s)<-[:RESPONDS_TO]-(:Event {kind: 'purchase'})-[:ON]->(p)
    WHERE placed IS NULL OR p.key IN placed } THEN 1 END)
    AS converted
RETURN m.kind + ' ' + m.version AS model, m.live AS live, lists, clicked, converted,
  round(1.0 * clicked / lists, 3) AS click_rate, round(1.0 * converted / lists, 3) AS conversion
ORDER BY m.kind, m.version DESC
