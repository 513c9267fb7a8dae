"""Nodes of values and brands in canonical form, and the support that keeps what was written."""

from dataclasses import replace
from functools import lru_cache

from catalograph.ingest.normalise.normalise import normalise
from catalograph.schema import Node, SourceSupport, brand, value


@lru_cache(maxsize=65_536)
def canonical_brand(name: str) -> Node:
    """Brand node of a name, so that all spellings of a maker meet in one."""
    return brand(normalise("brand", name).name)


@lru_cache(maxsize=65_536)
def canonical_value(attribute: str, text: str) -> Node:
    """Value node of an attribute; `text` is the value with its unit."""
    said = normalise(attribute, text)
    return value(attribute, said.name, number=said.number, unit=said.unit)


def with_proof(support: SourceSupport, attribute: str, text: str) -> SourceSupport:
    """The support, with what was written and the rule's name where the value is told otherwise."""
    said = normalise(attribute, text)
    return replace(support, original=text, rule=said.rule) if said.changed else support
