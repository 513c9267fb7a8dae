"""Measures models on public data sets: everything behind `catalograph eval`."""
