// Assertions that only extractors support, and no column of a feed.
// Parameters: none
// Returns: key of each
// Index: none; an intended full scan
MATCH (a:Assertion)
WHERE EXISTS { (a)-[r:SUPPORTED_BY]->() WHERE r.origin = 'EXTRACTED' }
  AND NOT EXISTS { (a)-[r:SUPPORTED_BY]->() WHERE r.origin = 'ASSERTED' }
RETURN a.key AS key
