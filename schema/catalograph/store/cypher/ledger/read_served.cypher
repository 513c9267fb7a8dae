// Parameters: key
// Returns: items (product keys in the order shown); no row for an unknown list
// Index: served_key
MATCH (s:Served {key: $key})
RETURN s.items AS items
