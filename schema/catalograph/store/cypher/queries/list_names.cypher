// One page of the nodes of a label that have a name, in the order of their keys.
// Parameters: after (last key seen; '' for the first page), limit
// Returns: key, path (of a category; else the name alone)
// Index: the key of the label
MATCH (n:__LABEL__)
WHERE n.key > $after AND n.name IS NOT NULL
WITH n ORDER BY n.key LIMIT $limit
RETURN n.key AS key, coalesce(n.path, [n.name]) AS path
