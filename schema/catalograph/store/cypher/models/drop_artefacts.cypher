// Takes the artefacts from versions that hold no slot any more.
// Parameters: none
// Returns: artefact of each
// Index: a scan of the models, of which there are few
MATCH (m:Model)
WHERE m.slot IS NULL AND m.artefact IS NOT NULL
WITH m, m.artefact AS artefact
REMOVE m.artefact
RETURN artefact
