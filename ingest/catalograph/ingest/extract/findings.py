"""What an extractor found, and where."""

from dataclasses import dataclass

from catalograph.ingest.normalise import canonical_brand, canonical_value, with_proof
from catalograph.schema import Node, Origin, SourceSupport, Span, value

BRAND = "brand"
"""Stands for the attribute where the value is a brand."""
RELATIONS = {
    BRAND: "HAS_BRAND",
    "compatible with": "COMPATIBLE_WITH",
    "part of": "PART_OF",
    "used for": "USED_FOR",
}
"""Relation from the product, for attributes whose relation is not HAS_VALUE."""


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
        model: language model, where one was asked.
        prompt_hash: hash of its prompt.
    """

    attribute: str
    name: str
    extractor: str
    version: str
    confidence: float
    span: Span
    number: float | None = None
    unit: str | None = None
    model: str | None = None
    prompt_hash: str | None = None

    @property
    def relation(self) -> str:
        """Relation from the product to the tail."""
        return RELATIONS.get(self.attribute, "HAS_VALUE")

    def tail(self) -> Node:
        """Node of the value or brand, in canonical form."""
        if self.attribute == BRAND:
            return canonical_brand(self.name)
        node = canonical_value(self.attribute, self.name)
        if self.number is None or "number" in node.properties:
            return node
        return value(self.attribute, self.name, number=self.number, unit=self.unit)

    def support(self) -> SourceSupport:
        """The support that this finding is, with the name found where the canonical one differs."""
        support = SourceSupport(
            self.extractor,
            self.version,
            Origin.EXTRACTED,
            self.confidence,
            self.span,
            self.model,
            self.prompt_hash,
        )
        return with_proof(support, self.attribute, self.name)
