// Parameters: property (a slot of vectors), mark (property of the input hashes)
// Returns: key, vector, mark of each listed product that has both
// Index: none; an intended full scan
MATCH (p:Product)
WHERE p.listed AND p[$property] IS NOT NULL AND p[$mark] IS NOT NULL
RETURN p.key AS key, p[$property] AS vector, p[$mark] AS mark
