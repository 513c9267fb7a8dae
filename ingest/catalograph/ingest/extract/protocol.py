"""Protocols of batch extractors, with their inputs and results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from catalograph.ingest.extract.findings import Finding


@dataclass(frozen=True, slots=True)
class ProductText:
    """The texts of one product.

    Attributes:
        key: key of the product.
        texts: text by field, the most reliable first.
        category: name of its category, if known.
        known: attributes that columns state; an extractor may skip them.
    """

    key: str
    texts: Mapping[str, str]
    category: str | None = None
    known: frozenset[str] = field(default=frozenset())


class TextExtractor(Protocol):
    """Reads texts in batches; deterministic for one name and version."""

    @property
    def name(self) -> str:
        """Extractor name stored on each support."""

    @property
    def version(self) -> str:
        """Changes whenever the same text may give another answer."""

    def find(self, products: Sequence[ProductText]) -> list[list[Finding]]:
        """Read a batch.

        Returns:
            Findings of each product, in the order of `products`; the span of every finding locates
            its value in the product's own text, and its confidence is calibrated.
        """


@dataclass(frozen=True, slots=True)
class ExtractionResult:
    """Result of reading one product's texts.

    Attributes:
        accepted: values certain enough to be written.
        aside: values for review by a person.
        failure: reason why reading failed; the product has to be read again.
    """

    accepted: tuple[Finding, ...] = ()
    aside: tuple[Finding, ...] = ()
    failure: str | None = None


class TextReader(Protocol):
    """Reads texts in batches and separates certain from uncertain values."""

    @property
    def name(self) -> str:
        """Name of the reader, stored with its values."""

    @property
    def version(self) -> str:
        """Changes whenever the same text may give another answer."""

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Read a batch; return one result per product, in the order of `products`."""

    def report(self) -> Mapping[str, Any]:
        """Return usage besides time, such as tokens and dollars; empty if there is none."""

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """Estimate the usage of reading these products, without reading them."""
