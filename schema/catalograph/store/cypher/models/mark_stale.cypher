// Marks versions stale because they learned from erased data; private ones, whose noise hides
// whether anyone was among them, are not.
// Parameters: kinds, before (null, or the time from which on versions are left alone)
// Returns: kind, live of each version that holds a slot
// Index: model_kind
MATCH (m:Model)
WHERE m.kind IN $kinds AND m.created IS NOT NULL AND m.slot IS NOT NULL AND m.epsilon IS NULL
  AND ($before IS NULL OR m.created < $before)
SET m.stale = true
RETURN m.kind AS kind, m.live AS live
