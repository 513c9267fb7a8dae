"""Completion: impute missing brands, categories and attributes, kept apart from asserted facts."""

from catalograph.ingest.complete.catalogue import Catalogue, read_catalogue, read_graph
from catalograph.ingest.complete.impute import COMBINED, METHODS, Guesses, Imputer

__all__ = ["COMBINED", "METHODS", "Catalogue", "Guesses", "Imputer", "read_catalogue", "read_graph"]
