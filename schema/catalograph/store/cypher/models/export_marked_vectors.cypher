// Parameters: property (a slot of vectors), mark (what each was made from)
// Returns: key, vector, mark of each listed product that has both
// Index: none; a scan by intent
MATCH (p:Product)
WHERE p.listed AND p[$property] IS NOT NULL AND p[$mark] IS NOT NULL
RETURN p.key AS key, p[$property] AS vector, p[$mark] AS mark
