// Parameters: key
// Returns: run; no row for an unknown one
// Index: run_key
MATCH (r:Run {key: $key})
RETURN r {.key, .kind, .status, .arguments, .started, .beat, .finished, .progress, .counts, .error,
          .pruned, .process} AS run
