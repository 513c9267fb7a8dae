"""The second stage of a search: features of candidates, click rates, models, and their artefact.

It needs numpy alone, so a server ranks without torch, LightGBM or ONNX Runtime.
"""
