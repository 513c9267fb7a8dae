"""Normalisation with provenance: canonical form of a value, its original and the rule's name.

Nothing is guessed: a form that no rule knows stays unchanged, and its rule is None. Normalisation
is idempotent.
"""

from catalograph.ingest.normalise.nodes import (
    CanonicalValues,
    canonical_attribute,
    canonical_brand,
    canonical_value,
    with_proof,
)
from catalograph.ingest.normalise.normalise import normalise
from catalograph.ingest.normalise.result import NormalisedValue
from catalograph.ingest.normalise.units import convert

__all__ = [
    "CanonicalValues",
    "NormalisedValue",
    "canonical_attribute",
    "canonical_brand",
    "canonical_value",
    "convert",
    "normalise",
    "with_proof",
]
