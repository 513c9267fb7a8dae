// Creates referenced nodes that do not exist. Of two surface forms the better one is kept, so that
// the order of records does not matter; the node is marked as having several forms.
// Parameters: rows (key, properties, spelling: see schema.triples.spelling, better: the properties and
//   a mark `renamed`; sorted by key)
// Returns: renamed (number of existing nodes that took the form of a row)
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
    THEN row.better ELSE {} END
WITH n WHERE n.renamed
REMOVE n.renamed
RETURN count(n) AS renamed
