// Title: Pairs in baskets
// Question: Which two products are bought by the same shopper on the same day, and how much more
//   often than if baskets were mixed at random?
// Title zh: 购物篮中的搭配
// Question zh: 哪两种商品由同一位顾客在同一天购买？比随机组合多多少倍？
// Empty: No shopper bought two products on one day. Purchases need a time: `catalograph ingest
//   events`.
// Parameter: first INTEGER = 20: pairs shown
// Column: left STRING: title of the one
// Column: right STRING: title of the other
// Column: baskets INTEGER: baskets with both; a basket is what one shopper buys on one day
// Column: lift FLOAT: baskets with both, over what chance would give
MATCH (u:User)-[:PERFORMED]->(e:Event {kind: 'purchase'})-[:ON]->(p:Product)
WHERE e.time IS NOT NULL
WITH u, date(e.time) AS day, collect(DISTINCT p) AS basket
WITH collect(basket) AS baskets
CALL (baskets) {
  UNWIND baskets AS basket
  UNWIND basket AS one
  UNWIND basket AS other
  WITH one, other WHERE one.key < other.key
  RETURN one, other, count(*) AS together
  ORDER BY together DESC, one.key, other.key
  LIMIT $first
}
WITH baskets, one, other, together,
  size([basket IN baskets WHERE one IN basket]) AS with_one,
  size([basket IN baskets WHERE other IN basket]) AS with_other
RETURN coalesce(one.title, one.key) AS left, coalesce(other.title, other.key) AS right,
  together AS baskets, round(1.0 * together * size(baskets) / (with_one * with_other), 2) AS lift
ORDER BY baskets DESC, left, right
