// Assertions that nothing but extractors support: no column of a feed says so.
// Parameters: none
// Returns: key of each
// Index: none; a scan by intent
MATCH (a:Assertion)
WHERE EXISTS { (a)-[r:SUPPORTED_BY]->() WHERE r.origin = 'EXTRACTED' }
  AND NOT EXISTS { (a)-[r:SUPPORTED_BY]->() WHERE r.origin = 'ASSERTED' }
RETURN a.key AS key
