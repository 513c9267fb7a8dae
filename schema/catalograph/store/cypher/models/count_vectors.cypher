// Counts the vectors of a slot by length.
// Parameters: property, dimension
// Returns: right (vectors of that length), wrong (of another length, which the index leaves out)
// Index: none; an intended full scan
MATCH (p:__LABEL__)
WHERE p[$property] IS NOT NULL
WITH size(p[$property]) = $dimension AS right
RETURN sum(CASE WHEN right THEN 1 ELSE 0 END) AS right,
       sum(CASE WHEN right THEN 0 ELSE 1 END) AS wrong
