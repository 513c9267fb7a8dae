"""What an extractor that reads many texts at once takes and gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from catalograph.ingest.extract.findings import Finding


@dataclass(frozen=True, slots=True)
class ProductText:
    """The texts of one product.

    Attributes:
        key: key of the product.
        texts: text by field, the most believable first.
        category: name of its category, where one is known.
        known: attributes that columns tell; an extractor need not look for them.
    """

    key: str
    texts: Mapping[str, str]
    category: str | None = None
    known: frozenset[str] = field(default=frozenset())


class TextExtractor(Protocol):
    """Reads texts in batches; deterministic for one name and version."""

    @property
    def name(self) -> str:
        """Written on each support as its extractor."""

    @property
    def version(self) -> str:
        """Changes whenever the same text may give another answer."""

    def find(self, products: Sequence[ProductText]) -> list[list[Finding]]:
        """Read a batch.

        Returns:
            What each product's texts say, in the order of `products`; every finding's span is
            where in the product's own text its value stands, and its confidence is calibrated.
        """


@dataclass(frozen=True, slots=True)
class ExtractionResult:
    """What came of reading one product's texts.

    Attributes:
        accepted: values sure enough to be written.
        aside: values that somebody should look at first.
        failure: why reading did not come to its end; the product is to be read again.
    """

    accepted: tuple[Finding, ...] = ()
    aside: tuple[Finding, ...] = ()
    failure: str | None = None


class TextReader(Protocol):
    """Reads texts in batches and tells the sure from the doubtful."""

    @property
    def name(self) -> str:
        """Names what reads, for the record."""

    @property
    def version(self) -> str:
        """Changes whenever the same text may give another answer."""

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Read a batch; one reading a product, in the order of `products`."""

    def report(self) -> Mapping[str, Any]:
        """What reading took besides time, such as tokens and dollars; empty where nothing."""

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """What reading these would take, without doing it."""
