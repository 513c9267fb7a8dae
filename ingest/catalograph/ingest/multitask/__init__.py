"""One model for several tasks: a shared encoder, and a small head for each task.

Tagging finds attribute values in titles, category assigns a title to a category, sentiment judges
reviews, matching decides whether two products are the same. `train` learns them jointly, compares
each head with a model of its own and with today's models, and keeps what is better, or as good and
smaller. `served` reads what it kept; that needs ONNX Runtime and no torch.
"""
