// Title: Review quality
// Question: Which products' ratings rest on few, short or unverified reviews?
// Title zh: 评论质量
// Question zh: 哪些商品的评分只依据很少、很短或未经验证的评论？
// Empty: No product has a review.
// Parameter: first INTEGER = 50: products shown
// Column: product STRING: key
// Column: reviews INTEGER: how many
// Column: rating FLOAT: stars on average
// Column: deviation FLOAT: standard deviation of the stars
// Column: verified FLOAT: share of verified purchases
// Column: characters FLOAT: of text, on average
// Column: helpful INTEGER: readers who found one helpful
MATCH (r:Review)-[:REVIEWS]->(p:Product)
RETURN p.key AS product, count(r) AS reviews, round(avg(r.rating), 2) AS rating,
  round(stDevP(r.rating), 2) AS deviation,
  round(avg(CASE WHEN r.verified THEN 1.0 ELSE 0.0 END), 2) AS verified,
  round(avg(size(coalesce(r.text, ''))), 1) AS characters,
  sum(coalesce(r.helpful, 0)) AS helpful
ORDER BY verified, reviews, product
LIMIT $first
