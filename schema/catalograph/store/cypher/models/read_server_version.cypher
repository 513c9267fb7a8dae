// Parameters: none
// Returns: name, version of each part of the server
// Index: none
CALL dbms.components() YIELD name, versions
RETURN name, versions[0] AS version
