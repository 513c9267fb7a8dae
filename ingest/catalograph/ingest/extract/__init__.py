"""The first extractor: attribute values read in titles and descriptions, each with its span.

Rules read what has a form (sizes, capacities, colours at the end of a title); a dictionary,
learned from the catalogue's own columns, finds the values that other rows assert.
"""

from catalograph.ingest.extract.dictionary import Dictionary, Learner
from catalograph.ingest.extract.extractor import Extractor, find_by_rules
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.extract.rules import RULES

__all__ = ["RULES", "Dictionary", "Extractor", "Finding", "Learner", "find_by_rules"]
