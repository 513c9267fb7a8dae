// Texts of shoppers and documents, newest first: reviews, search words and passages.
// Parameters: source (reviews, searches or documents), kind (of documents), subject (key of a product,
//   brand or category that reviews or documents are about, null for any), begin, until, first
// Returns: text, time
// Index: product_key, brand_key, category_key; without a subject an intended full scan
CALL () {
  MATCH (r:Review)
  WHERE $source = 'reviews' AND $begin <= r.time < $until AND ($subject IS NULL
    OR EXISTS { (r)-[:REVIEWS]->(:Product {key: $subject}) }
    OR EXISTS { (r)-[:REVIEWS]->(:Product)-[:HAS_BRAND]->(:Brand {key: $subject}) }
    OR EXISTS { (r)-[:REVIEWS]->(:Product)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->
      (:Category {key: $subject}) })
  RETURN coalesce(r.title + '. ', '') + coalesce(r.text, '') AS text, r.time AS time
  UNION ALL
  MATCH (e:Event {kind: 'query'})
  WHERE $source = 'searches' AND $begin <= e.time < $until AND e.query IS NOT NULL
    AND $subject IS NULL
  RETURN e.query AS text, e.time AS time
  UNION ALL
  MATCH (d:Document {kind: $kind})-[:HAS_PASSAGE]->(p:Passage)
  WHERE $source = 'documents' AND $begin <= d.time < $until AND ($subject IS NULL
    OR EXISTS { (d)-[:HAS_PASSAGE]->{0,1}()-[:ABOUT]->({key: $subject}) })
  RETURN coalesce(p.heading + '. ', '') + p.text AS text, d.time AS time
}
WITH text, time WHERE text <> ''
RETURN text, time ORDER BY time DESC LIMIT $first
