"""Readers around what finds: an extractor that is sure of all it finds, and several readers."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalograph.ingest.extract.protocol import (
    ExtractionResult,
    ProductText,
    TextExtractor,
    TextReader,
)


class ExtractorReader:
    """Reads with an extractor that says how sure it is, such as rules.

    Args:
        extractor: the extractor.
        accept: confidence from which on a value is written; those below wait for a person.
    """

    def __init__(self, extractor: TextExtractor, accept: float = 0.0) -> None:
        self._extractor = extractor
        self._accept = accept
        self.name = extractor.name
        self.version = extractor.version

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Read a batch; one reading a product, in the order of `products`."""
        return [
            ExtractionResult(
                tuple(one for one in found if one.confidence >= self._accept),
                tuple(one for one in found if one.confidence < self._accept),
            )
            for found in map(tuple, self._extractor.find(products))
        ]

    def report(self) -> Mapping[str, Any]:
        """Nothing but time was spent."""
        return {}

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """Nothing but time would be spent."""
        del products
        return {}


class SeveralReaders:
    """Reads with one reader after the other; a product that one fails at is read again by all."""

    def __init__(self, readers: Sequence[TextReader]) -> None:
        self._readers = tuple(readers)
        self.name = "+".join(reader.name for reader in readers)
        self.version = "+".join(reader.version for reader in readers)

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Read a batch; one reading a product, in the order of `products`."""
        readings = zip(*(reader.read(products) for reader in self._readers), strict=True)
        return [_merge(listed) for listed in readings]

    def report(self) -> Mapping[str, Any]:
        """What each of them took."""
        return {name: n for reader in self._readers for name, n in reader.report().items()}

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """What each of them would take."""
        return {n: v for reader in self._readers for n, v in reader.estimate(products).items()}


def _merge(readings: Sequence[ExtractionResult]) -> ExtractionResult:
    return ExtractionResult(
        tuple(finding for reading in readings for finding in reading.accepted),
        tuple(finding for reading in readings for finding in reading.aside),
        next((reading.failure for reading in readings if reading.failure), None),
    )
