// Parameters: keys (of products)
// Returns: product (key), reviews, rated, average_rating (null when none is rated)
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})<-[:REVIEWS]-(r:Review)
RETURN key AS product, count(r) AS reviews, count(r.rating) AS rated,
  avg(r.rating) AS average_rating
