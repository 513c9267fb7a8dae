// Parameters: none
// Returns: key of each listed product
// Index: none; a scan by intent
MATCH (p:Product)
WHERE p.listed
RETURN p.key AS key
