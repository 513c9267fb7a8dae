"""Machine learning shared by ingest, embed and evaluation.

`encoders` is the one place that loads text encoders, `profiling` measures the time and memory of a
block, `calibration` turns scores into probabilities, `metrics` measures lists and answers,
`checkpoints` writes files and folders that stay whole when the process is killed.
"""
