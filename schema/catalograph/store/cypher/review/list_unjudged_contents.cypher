// Generated texts that nobody has judged.
// Parameters: none
// Returns: content (all properties), category (name of the first one of its product)
// Index: none; an intended full scan of the texts
MATCH (c:Content)
WHERE c.accepted IS NULL
RETURN c {.*} AS content, head(COLLECT {
  MATCH (:Product {key: c.product})-[:IN_CATEGORY]->(k:Category) RETURN k.name ORDER BY k.key
}) AS category
ORDER BY c.key
