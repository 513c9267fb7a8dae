"""Recogniser of brands, product types and models in Chinese texts, trained by `train ner`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.ingest.extract.protocol import ExtractionResult, ProductText, TextReader
from catalograph.ingest.text_extractors.protocol import (
    ExtractorOption,
    ExtractorRequest,
    TextExtractorEntry,
)

if TYPE_CHECKING:
    from catalograph.ingest.language.chinese import ChineseRecogniser

_ACCEPT = 0.8
"""Calibrated confidence from which an entity is written; others are set aside."""
_KEEP = 0.4
"""Confidence below which an entity is dropped."""


class RecogniserReader:
    """Reads with a recogniser of entities; uncertain ones are set aside for review.

    Args:
        recogniser: trained recogniser.
    """

    def __init__(self, recogniser: "ChineseRecogniser") -> None:
        self._recogniser = recogniser
        self.name = recogniser.name
        self.version = recogniser.version

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Read a batch; return one result per product, in the order of `products`."""
        return [
            ExtractionResult(
                tuple(f for f in found if f.confidence >= _ACCEPT),
                tuple(f for f in found if _KEEP <= f.confidence < _ACCEPT),
            )
            for found in self._recogniser.find(products)
        ]

    def report(self) -> Mapping[str, Any]:
        """Return no usage: a recogniser takes only time."""
        return {}

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """Return no usage: a recogniser would take only time."""
        del products
        return {}


def make_recogniser(request: ExtractorRequest) -> TextReader | None:
    """Return the recogniser of the folder that is named.

    Raises:
        TrainingDataError: the folder holds no recogniser.
        MissingExtraError: the extra `extract` is not installed.
    """
    folder = request.options["recogniser"]
    if folder is None:
        return None
    from catalograph.ingest.language.chinese import ChineseRecogniser

    return RecogniserReader(ChineseRecogniser.load(folder))


ENTRY = TextExtractorEntry(
    label="a recogniser",
    options=(
        ExtractorOption(
            "recogniser",
            Path | None,
            None,
            "Folder of `train ner`: it reads brands, product types and models in Chinese.",
        ),
    ),
    make=make_recogniser,
)
