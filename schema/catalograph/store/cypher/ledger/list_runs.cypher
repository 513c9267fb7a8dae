// Parameters: limit
// Returns: run; newest first
// Index: none; there are few runs
MATCH (r:Run)
WITH r ORDER BY r.started DESC, r.key DESC LIMIT $limit
RETURN r {.key, .kind, .status, .arguments, .started, .beat, .finished, .progress, .counts, .error,
          .pruned, .process} AS run
