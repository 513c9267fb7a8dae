"""What an extractor found, and where."""

from dataclasses import dataclass

from catalograph.schema import Node, Origin, Span, Support, brand, value

BRAND = "brand"
"""Stands for the attribute where the value is a brand."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A value read in a text.

    Attributes:
        attribute: of what; `BRAND` for a brand.
        name: the value as text, unit included.
        extractor: which code read it.
        version: its version.
        confidence: 0 to 1.
        span: `text[start:end]` is the evidence.
        number: the value as a number, where it is one.
        unit: unit of `number`.
    """

    attribute: str
    name: str
    extractor: str
    version: str
    confidence: float
    span: Span
    number: float | None = None
    unit: str | None = None

    @property
    def relation(self) -> str:
        """Relation from the product to the tail."""
        return "HAS_BRAND" if self.attribute == BRAND else "HAS_VALUE"

    def tail(self) -> Node:
        """Node of the value or brand."""
        if self.attribute == BRAND:
            return brand(self.name)
        return value(self.attribute, self.name, number=self.number, unit=self.unit)

    def support(self) -> Support:
        """The support that this finding is."""
        return Support(self.extractor, self.version, Origin.EXTRACTED, self.confidence, self.span)
