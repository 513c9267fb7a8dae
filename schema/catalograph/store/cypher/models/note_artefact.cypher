// Names the artefact of a version that still holds its slot.
// Parameters: model (key), slot, artefact
// Returns: held (whether it does), written (always 1)
// Index: model_key
OPTIONAL MATCH (m:Model {key: $model})
WHERE m.slot = $slot
SET m.artefact = $artefact
RETURN m IS NOT NULL AS held, 1 AS written
