"""Normalisation with proof: one canonical form a value, the original, and the rule's name.

Nothing is guessed: a form that no rule knows stays as it is, and its rule is None. Normalising a
canonical form again changes nothing.
"""

from catalograph.ingest.normalise.nodes import canonical_brand, canonical_value, with_proof
from catalograph.ingest.normalise.normalise import normalise
from catalograph.ingest.normalise.result import NormalisedValue
from catalograph.ingest.normalise.units import convert

__all__ = [
    "NormalisedValue",
    "canonical_brand",
    "canonical_value",
    "convert",
    "normalise",
    "with_proof",
]
