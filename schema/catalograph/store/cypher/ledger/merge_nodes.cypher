// Nodes that are only referred to: made when new. Of two spellings of a name the better one stays,
// whichever comes first, so that the order of records does not matter; that there are two is kept.
// Parameters: rows (key, properties, spelling: see schema.triples.spelling; sorted by key)
// Returns: nothing
// Index: the key of the label
UNWIND $rows AS row
MERGE (n:__LABEL__ {key: row.key})
ON CREATE SET n += row.properties
ON MATCH SET
  n += CASE
    WHEN row.spelling <> reduce(parts = [], name IN coalesce(n.path, [n.name]) |
           parts + [toUpper(name) = name OR toLower(name) = name, name])
           + [n.number IS NULL, coalesce(n.number, 0.0), coalesce(n.unit, '')]
    THEN {variants: true} ELSE {} END,
  n += CASE
    WHEN row.spelling < reduce(parts = [], name IN coalesce(n.path, [n.name]) |
           parts + [toUpper(name) = name OR toLower(name) = name, name])
           + [n.number IS NULL, coalesce(n.number, 0.0), coalesce(n.unit, '')]
    THEN row.properties ELSE {} END
