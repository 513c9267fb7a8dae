"""Completion: missing brands, categories and attributes imputed, apart from what is asserted."""

from catalograph.ingest.complete.catalogue import Catalogue, read_catalogue, read_graph
from catalograph.ingest.complete.impute import COMBINED, METHODS, Guesses, Imputer

__all__ = ["COMBINED", "METHODS", "Catalogue", "Guesses", "Imputer", "read_catalogue", "read_graph"]
