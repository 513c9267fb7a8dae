// Nodes that a record describes. The given properties replace all old ones of the feed (`blank`),
// unless another record describes the same node: then properties missing here are kept.
// Parameters: rows (key, properties, source; sorted by key), blank (all properties, null), now
// Returns: nothing
// Index: the key of the label, source_key
UNWIND $rows AS row
MERGE (n:__LABEL__ {key: row.key})
SET n += CASE
    WHEN n.listed IS NULL
      OR EXISTS { MATCH (n)<-[:DESCRIBES]-(other) WHERE other.key <> row.source }
    THEN {} ELSE $blank END,
  n += row.properties, n.changed = $now
WITH n, row
MATCH (s:Source {key: row.source})
MERGE (s)-[:DESCRIBES]->(n)
