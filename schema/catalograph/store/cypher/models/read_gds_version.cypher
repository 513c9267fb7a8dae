// Fails on a server without the Graph Data Science library.
// Parameters: none
// Returns: version
// Index: none
RETURN gds.version() AS version
