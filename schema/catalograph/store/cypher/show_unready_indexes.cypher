// Parameters: none
// Returns: name of each index that does not answer
// Index: none; reads the catalogue of indexes
SHOW INDEXES YIELD name, state WHERE state <> 'ONLINE' RETURN name
