// Search words that several shoppers typed; those of fewer could tell who they are.
// Parameters: shoppers (least number of different ones), limit
// Returns: text (in small letters), shoppers
// Index: none
MATCH (q:Event {kind: 'query'})<-[:PERFORMED]-(u:User)
WHERE q.query IS NOT NULL
WITH toLower(trim(q.query)) AS text, count(DISTINCT u) AS shoppers
WHERE shoppers >= $shoppers AND text <> ''
RETURN text, shoppers
ORDER BY shoppers DESC, text LIMIT $limit
