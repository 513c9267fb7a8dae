// Names of all nodes of a label.
// Parameters: none
// Returns: key, name of each
// Index: none; an intended full scan
MATCH (t:__LABEL__)
RETURN t.key AS key, coalesce(t.name, t.title, t.id) AS name
