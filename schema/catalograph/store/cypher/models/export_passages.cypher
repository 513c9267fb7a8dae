// Passages with what an encoder reads of them.
// Parameters: property (a slot of vectors, or null), missing (whether only those without such)
// Returns: key, heading, text, language, document_hash (content hash of the document), vector (in
//   that slot, or null) of each
// Index: none; an intended full scan
MATCH (d:Document)-[:HAS_PASSAGE]->(p:Passage)
WHERE NOT $missing OR p[$property] IS NULL
RETURN p.key AS key, p.heading AS heading, p.text AS text, p.language AS language,
       d.content_hash AS document_hash,
       CASE WHEN $property IS NOT NULL THEN p[$property] END AS vector
