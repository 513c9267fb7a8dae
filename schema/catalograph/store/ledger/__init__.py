"""Records, their assertions and runs: written, changed, withdrawn, rolled back, erased."""
