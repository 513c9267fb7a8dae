// Parameters: none
// Returns: key of each listed product
// Index: none; an intended full scan
MATCH (p:Product)
WHERE p.listed
RETURN p.key AS key
