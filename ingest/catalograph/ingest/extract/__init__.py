"""Extraction of attribute values from titles and descriptions, each with its span.

Rules read values of a fixed form (sizes, capacities, colours at the end of a title); a dictionary
learned from the catalogue's columns finds values that other rows assert.
"""

from catalograph.ingest.extract.dictionary import Dictionary
from catalograph.ingest.extract.extractor import Extractor, find_by_rules
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.extract.learning import FeedKnowledge, Learner
from catalograph.ingest.extract.rules import RULES

__all__ = [
    "RULES",
    "Dictionary",
    "Extractor",
    "FeedKnowledge",
    "Finding",
    "Learner",
    "find_by_rules",
]
