// Makes versions live, all kinds at once. Those before stay live beside them until retire_models:
// a reader that scans the models while one flag falls and another rises might find neither. It
// takes the latest live version.
// Parameters: rows (key, slot, properties), created
// Returns: key of each version that is live now
// Index: model_key
UNWIND $rows AS row
MATCH (new:Model {key: row.key})
WHERE new.slot = row.slot
SET new += row.properties, new.created = coalesce(new.created, $created), new.live = true
RETURN new.key AS key
