// Kinds that any question is of.
// Parameters: none
// Returns: kind
// Index: none; an intended full scan of the questions
MATCH (i:ReviewItem)
RETURN DISTINCT i.kind AS kind
