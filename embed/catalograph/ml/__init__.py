"""What ingesting and embedding share of machine learning: the one place that loads encoders."""
