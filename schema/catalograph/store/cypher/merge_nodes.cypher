// Nodes that are only referred to: made when new. Of two spellings of a name the better one stays,
// whichever comes first, so that the order of records does not matter.
// Parameters: rows (key, properties, spelling: see schema.triples.spelling; sorted by key)
// Returns: nothing
// Index: the key of the label
UNWIND $rows AS row
MERGE (n:__LABEL__ {key: row.key})
ON CREATE SET n += row.properties
ON MATCH SET n += CASE
  WHEN row.spelling < [toUpper(n.name) = n.name OR toLower(n.name) = n.name, n.name, coalesce(n.path, [])]
  THEN row.properties ELSE {} END
