"""Names of units for people."""

from catalograph.ingest.normalise.units import find_chinese_unit

__all__ = ["find_chinese_unit"]
