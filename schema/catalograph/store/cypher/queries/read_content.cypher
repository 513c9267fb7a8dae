// One generated text.
// Parameters: key
// Returns: content (all properties); no row for an unknown key
// Index: content_key
MATCH (c:Content {key: $key})
RETURN c {.*} AS content
