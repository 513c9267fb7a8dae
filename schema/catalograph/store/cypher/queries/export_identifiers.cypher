// Parameters: none
// Returns: key, gtins, mpn of each listed product that has one
// Index: none; an intended full scan
MATCH (p:Product)
WHERE p.listed AND (p.mpn IS NOT NULL OR p.gtins IS NOT NULL)
RETURN p.key AS key, coalesce(p.gtins, []) AS gtins, p.mpn AS mpn
