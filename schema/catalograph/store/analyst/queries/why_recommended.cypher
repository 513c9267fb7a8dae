// Title: What leads to a product
// Question: An interaction with which products raises this one most, and for which reasons?
// Title zh: 什么带来这件商品的推荐
// Question zh: 与哪些商品的互动最能提升它的推荐？原因是什么？
// Empty: No preference model is live (`catalograph embed preference`), the product's key is not
//   in the graph, or nothing leads to it.
// Parameter: product STRING, such as "product:bestbuy:0": key of the product recommended
// Parameter: first INTEGER = 10: products shown
// Column: from STRING: key of the product interacted with
// Column: title STRING: its title
// Column: weight FLOAT: that it adds to the score
// Column: parts LIST<MAP>: the weight by reason; adds up to it
MATCH (live:Model {kind: 'preference', live: true})
WITH live ORDER BY live.version DESC LIMIT 1
MATCH (j:Product)-[w:CO_PREFERRED]->(:Product {key: $product})
WHERE w.slot = live.slot
WITH live, j, w ORDER BY w.weight DESC, j.key LIMIT $first
RETURN j.key AS from, j.title AS title, round(w.weight, 4) AS weight,
  [n IN range(0, size(w.parts) - 1) | {reason: live.parts[n], part: w.parts[n]}] AS parts
