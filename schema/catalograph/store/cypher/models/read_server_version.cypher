// Parameters: none
// Returns: name, version, edition of each part of the server
// Index: none
CALL dbms.components() YIELD name, versions, edition
RETURN name, versions[0] AS version, edition
