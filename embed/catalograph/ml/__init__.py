"""Machine learning shared by ingest and embed: the one place that loads encoders."""
