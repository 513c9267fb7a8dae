// Title: What is in the graph
// Question: How many nodes of each label are there, and how many facts does each relation hold?
// Title zh: 图谱里有什么
// Question zh: 每种标签有多少节点，每种关系有多少事实？
// Empty: The graph has nothing of which there are so many.
// Parameter: least INTEGER = 1: how many there must be
// Column: kind STRING: `node` or `relation`
// Column: name STRING: label or relation type
// Column: count INTEGER: how many
CALL () {
  MATCH (n)
  UNWIND labels(n) AS name
  RETURN 'node' AS kind, name, count(*) AS count
  UNION ALL
  MATCH ()-[r]->()
  RETURN 'relation' AS kind, type(r) AS name, count(*) AS count
}
WITH kind, name, count WHERE count >= $least
RETURN kind, name, count
ORDER BY kind, count DESC, name
