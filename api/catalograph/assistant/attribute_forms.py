"""Attributes and values as ingestion writes them, for filters that people write in any form."""

from catalograph.ingest.normalise import canonical_attribute, canonical_value

__all__ = ["canonical_attribute", "canonical_value"]
