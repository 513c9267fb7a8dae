"""Nodes of values and brands in canonical form, and supports that keep the original spelling."""

from dataclasses import replace
from functools import lru_cache

from catalograph.ingest.normalise.normalise import normalise
from catalograph.schema import Node, SourceSupport, brand, value


@lru_cache(maxsize=65_536)
def canonical_brand(name: str) -> Node:
    """Return the brand node of a name; all spellings of a brand share one node."""
    return brand(normalise("brand", name).name)


@lru_cache(maxsize=65_536)
def canonical_value(attribute: str, text: str) -> Node:
    """Return the value node of an attribute; `text` is the value with its unit."""
    said = normalise(attribute, text)
    return value(attribute, said.name, number=said.number, unit=said.unit)


def with_proof(support: SourceSupport, attribute: str, text: str) -> SourceSupport:
    """Return the support with original spelling and rule name if the canonical form differs."""
    said = normalise(attribute, text)
    return replace(support, original=text, rule=said.rule) if said.changed else support
