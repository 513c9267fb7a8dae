// Parameters: none
// Returns: bytes of Java heap that are free or can still be taken
// Index: none
CALL gds.debug.sysInfo() YIELD key, value
WHERE key = 'availableHeapInBytes'
RETURN value AS bytes
