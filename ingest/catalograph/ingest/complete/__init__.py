"""Completion: missing brands, categories and attributes imputed, apart from what is asserted."""

from catalograph.ingest.complete.catalogue import Catalogue, of_graph, read_catalogue
from catalograph.ingest.complete.impute import COMBINED, METHODS, Guesses, Imputer

__all__ = ["COMBINED", "METHODS", "Catalogue", "Guesses", "Imputer", "of_graph", "read_catalogue"]
