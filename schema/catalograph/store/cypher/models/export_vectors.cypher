// Parameters: property (a slot of vectors)
// Returns: key, vector of each listed product that has one
// Index: none; an intended full scan
MATCH (p:Product)
WHERE p.listed AND p[$property] IS NOT NULL
RETURN p.key AS key, p[$property] AS vector
