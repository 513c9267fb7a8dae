"""Nodes of values and brands in canonical form, and supports that keep the original spelling."""

from dataclasses import replace
from functools import lru_cache

from catalograph.ingest.normalise.normalise import normalise
from catalograph.ingest.normalise.tables import attribute_aliases
from catalograph.schema import Node, SourceSupport, brand, keys, value


@lru_cache(maxsize=65_536)
def canonical_brand(name: str) -> Node:
    """Return the brand node of a name; all spellings of a brand share one node."""
    return brand(normalise("brand", name).name)


@lru_cache(maxsize=16_384)
def canonical_attribute(name: str) -> str:
    """Return the common name of an attribute: "colour" for "Color", 颜色 and "Farbe".

    A name that the table `attributes.yaml` does not know stays, in comparison form.
    """
    plain = keys.normalise(name)
    return attribute_aliases().get(plain, plain)


@lru_cache(maxsize=65_536)
def canonical_value(attribute: str, text: str) -> Node:
    """Return the value node of an attribute under its common name.

    Args:
        attribute: name of the attribute as written.
        text: value with its unit.
    """
    # The written name may say more about the unit than the common one.
    said = normalise(attribute, text)
    return value(canonical_attribute(attribute), said.name, number=said.number, unit=said.unit)


class CanonicalValues:
    """A `catalograph.schema.protocols.ValueReader` of the canonical forms."""

    def read_attribute(self, name: str) -> str:
        """Return the common name of an attribute."""
        return canonical_attribute(name)

    def read_value(self, attribute: str, text: str) -> Node:
        """Return the value node of an attribute under its common name."""
        return canonical_value(attribute, text)


def with_proof(support: SourceSupport, attribute: str, text: str) -> SourceSupport:
    """Return the support with original spelling and rule name if the canonical form differs."""
    said = normalise(attribute, text)
    return replace(support, original=text, rule=said.rule) if said.changed else support
