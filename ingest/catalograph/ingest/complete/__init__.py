"""Completion: impute missing brands, categories and attributes, kept apart from asserted facts."""

from catalograph.ingest.complete.catalogue import Catalogue, read_catalogue, read_graph
from catalograph.ingest.complete.impute import (
    COMBINED,
    EMBEDDING,
    METHODS,
    CategoryScorer,
    FactLearner,
    Guesses,
    Imputer,
)

__all__ = [
    "COMBINED",
    "EMBEDDING",
    "METHODS",
    "Catalogue",
    "CategoryScorer",
    "FactLearner",
    "Guesses",
    "Imputer",
    "read_catalogue",
    "read_graph",
]
