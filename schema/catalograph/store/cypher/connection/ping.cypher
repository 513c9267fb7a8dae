// Checks that the database answers.
// Parameters: none
// Returns: answer
// Index: none
RETURN 1 AS answer
