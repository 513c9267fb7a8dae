// Title: Doubtful facts
// Question: Which facts rest on one unsure support alone?
// Title zh: 可疑的事实
// Question zh: 哪些事实只有一条不确定的依据？
// Empty: No fact rests on one support below that confidence.
// Parameter: below FLOAT = 0.8: confidence a support must stay under, 0 to 1
// Parameter: first INTEGER = 50: facts shown
// Column: head STRING: key of the product
// Column: relation STRING: of the fact
// Column: tail STRING: key of the value, category or brand
// Column: origin STRING: EXTRACTED from a text or IMPUTED by a model
// Column: extractor STRING: what read it
// Column: confidence FLOAT: 0 to 1
MATCH (a:Assertion)-[s:SUPPORTED_BY]->(:Source)
WITH a, collect(s) AS supports
WHERE size(supports) = 1 AND supports[0].confidence < $below
WITH split(substring(a.key, size('assertion:')), '\t') AS fact, supports[0] AS s
RETURN fact[0] AS head, fact[1] AS relation, fact[2] AS tail, s.origin AS origin,
  s.extractor AS extractor, s.confidence AS confidence
ORDER BY confidence, head, tail
LIMIT $first
