"""What ingesting, embedding and evaluating share of machine learning.

`encoders` is the one place that loads text encoders; `profiling` measures the time and memory of a
block; `calibration` makes scores probabilities; `metrics` counts how good lists and answers are;
`checkpoints` writes files and folders that a kill leaves whole.
"""
