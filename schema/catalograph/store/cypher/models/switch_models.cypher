// Makes versions of several kinds live at once. The previous versions stay live until
// retire_models: otherwise a reader that scans the models during the switch might find none.
// Readers use the latest live version.
// Parameters: rows (key, slot, properties), created
// Returns: key of each version that is live now
// Index: model_key
UNWIND $rows AS row
MATCH (new:Model {key: row.key})
WHERE new.slot = row.slot
SET new += row.properties, new.created = coalesce(new.created, $created), new.live = true
RETURN new.key AS key
