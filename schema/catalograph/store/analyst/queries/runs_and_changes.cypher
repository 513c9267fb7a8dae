// Title: Runs and what they changed
// Question: What did each run write, and how much of it still stands?
// Title zh: 运行及其改动
// Question zh: 每次运行写入了什么？其中多少仍然有效？
// Empty: Nothing was ingested yet.
// Parameter: first INTEGER = 20: latest runs shown
// Column: run STRING: id
// Column: kind STRING: what ran
// Column: status STRING: where it stands
// Column: records INTEGER: records whose present state it wrote
// Column: products INTEGER: products these describe
// Column: facts INTEGER: facts that rest on it
// Column: replaced INTEGER: earlier states of records it keeps for its roll-back
MATCH (run:Run)
WITH run ORDER BY run.started DESC, run.key LIMIT $first
WITH run, substring(run.key, 4) AS id
CALL (id) {
  MATCH (s:Source {run: id})
  OPTIONAL MATCH (s)-[:DESCRIBES]->(p:Product)
  RETURN count(DISTINCT s) AS records, count(DISTINCT p) AS products
}
CALL (id) {
  MATCH (:Source {run: id})<-[support:SUPPORTED_BY]-(a:Assertion)
  WHERE support.run = id
  RETURN count(DISTINCT a) AS supported
}
CALL (id) {
  MATCH (:Source {run: id})-[:DESCRIBES]->(:Product)-[fact]->()
  WHERE fact.extractor IS NOT NULL
  RETURN count(fact) AS inline
}
RETURN id AS run, run.kind AS kind, run.status AS status, records, products,
  supported + inline AS facts,
  COUNT { (:Change {run: id}) } AS replaced
