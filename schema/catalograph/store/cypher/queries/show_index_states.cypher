// Indexes and their states.
// Parameters: none
// Returns: name, state
// Index: none; reads the catalogue of indexes
SHOW INDEXES YIELD name, state RETURN name, state
