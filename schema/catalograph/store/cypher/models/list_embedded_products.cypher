// Parameters: property (a slot of vectors)
// Returns: key of each listed product that has such a vector, sorted
// Index: none; an intended full scan
MATCH (p:Product)
WHERE p.listed AND p[$property] IS NOT NULL
RETURN p.key AS key ORDER BY key
