"""Measures models on public data sets: the code behind `catalograph eval`."""
