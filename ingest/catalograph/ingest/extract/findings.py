"""Findings of extractors, with their spans."""

from dataclasses import dataclass

from catalograph.ingest.normalise import (
    canonical_attribute,
    canonical_brand,
    canonical_value,
    with_proof,
)
from catalograph.ingest.values import is_placeholder
from catalograph.schema import Node, Origin, SourceSupport, Span, value

BRAND = "brand"
"""Attribute name of brands."""
PROPOSAL = "llm proposal"
"""Extractor name of values of new attributes, which a person has to accept first."""
RELATIONS = {
    BRAND: "HAS_BRAND",
    "compatible with": "COMPATIBLE_WITH",
    "part of": "PART_OF",
    "used for": "USED_FOR",
}
"""Relation from the product, for attributes with another relation than HAS_VALUE."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A value found in a text.

    Attributes:
        attribute: name of the attribute; `BRAND` for a brand.
        name: value as text, including its unit.
        extractor: name of the extractor.
        version: version of the extractor.
        confidence: confidence, 0 to 1.
        span: evidence, `text[start:end]`.
        number: value as a number, if it is one.
        unit: unit of `number`.
        model: name of the language model, if one was used.
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

    @property
    def is_placeholder(self) -> bool:
        """Whether the text states that there is no value: "N/A", "unbranded"."""
        return is_placeholder(self.name, "brand" if self.attribute == BRAND else "value")

    def tail(self) -> Node:
        """Return the node of the value or brand, in canonical form."""
        if self.attribute == BRAND:
            return canonical_brand(self.name)
        node = canonical_value(self.attribute, self.name)
        if self.number is None or "number" in node.properties:
            return node
        attribute = canonical_attribute(self.attribute)
        return value(attribute, self.name, number=self.number, unit=self.unit)

    def support(self) -> SourceSupport:
        """Return the support, with the original spelling if the canonical form differs."""
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
