"""Extraction from English and Chinese texts: names, aspects, relations, categories.

Rules need no training and only the base installation; trained models need the extra `extract`.
"""

from catalograph.ingest.language.aspects import Aspect, AspectReader, mention, read_aspects
from catalograph.ingest.language.relations import RelationReader, read_relations
from catalograph.ml.script import language_of

__all__ = [
    "Aspect",
    "AspectReader",
    "RelationReader",
    "language_of",
    "mention",
    "read_aspects",
    "read_relations",
]
