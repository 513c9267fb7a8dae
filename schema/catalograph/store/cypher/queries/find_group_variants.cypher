// The first listed variant of each of some groups of a catalogue.
// Parameters: groups, source
// Returns: name of the group, key of the variant
// Index: product_group
UNWIND $groups AS name
MATCH (p:Product {group: name})
WHERE p.source = $source AND p.listed
RETURN name, min(p.key) AS key
