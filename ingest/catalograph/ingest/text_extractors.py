"""Readers of texts in use: a trained cascade, a language model, rules for relations, or several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.errors import ConfigError
from catalograph.ingest.extract.protocol import (
    ExtractionResult,
    ProductText,
    TextExtractor,
    TextReader,
)
from catalograph.settings import Settings

if TYPE_CHECKING:
    from catalograph.ingest.llm import Demonstration, LanguageModelExtractor, LlmOutcome


class ModelReader:
    """Reads with a language model alone.

    Args:
        model: asks.
        accept: confidence from which its values are written; others are set aside.
    """

    def __init__(self, model: "LanguageModelExtractor", accept: float) -> None:
        self._model = model
        self._accept = accept
        self.name = model.name
        self.version = f"{model.version}:{accept:g}"

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Read a batch; one reading a product, in the order of `products`."""
        return [self._reading(outcome) for outcome in self._model.run(products)]

    def report(self) -> Mapping[str, Any]:
        """What the language model was asked and what it cost."""
        return self._model.report()

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """What asking about these would cost."""
        return asdict(self._model.estimate(products))

    def _reading(self, outcome: "LlmOutcome") -> ExtractionResult:
        if outcome.failure is not None:
            return ExtractionResult(failure=str(outcome.failure))
        sure = tuple(f for f in outcome.findings if f.confidence >= self._accept)
        return ExtractionResult(sure, tuple(f for f in outcome.findings if f not in sure))


class ExtractorReader:
    """Reads with an extractor that is sure of all it finds, such as rules."""

    def __init__(self, extractor: TextExtractor) -> None:
        self._extractor = extractor
        self.name = extractor.name
        self.version = extractor.version

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Read a batch; one reading a product, in the order of `products`."""
        return [ExtractionResult(tuple(found)) for found in self._extractor.find(products)]

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


def make_reader(
    settings: Settings,
    extractor: Path | None,
    solved: "Iterable[Demonstration] | None",
    share: float = 0.25,
    *,
    relations: bool = False,
) -> TextReader:
    """The reader that was asked for.

    Args:
        settings: of the language model.
        extractor: folder of a trained cascade; None reads with the language model alone.
        solved: examples to tell the language model what to look for; None asks none.
        share: of products that the model is asked about, beside a cascade.
        relations: whether rules read what products are compatible with, part of and used for.

    Raises:
        ConfigError: none of these is given, or the folder holds no cascade.
        MissingSettingError: no endpoint is set up.
    """
    readers: list[TextReader] = []
    model = None if solved is None else _model(settings, solved)
    if extractor is not None:
        from catalograph.ingest.extract.llm_fallback import LlmFallbackReader
        from catalograph.ingest.extract.persistence import load_extractor

        cascade = load_extractor(extractor)
        readers.append(cascade if model is None else LlmFallbackReader(cascade, model, share))
    elif model is not None:
        readers.append(ModelReader(model, settings.llm.accept))
    if relations:
        from catalograph.ingest.language.relations import RelationReader

        readers.append(ExtractorReader(RelationReader()))
    if not readers:
        raise ConfigError(
            "Nothing reads the texts: name a trained extractor, a language model or relations."
        )
    return readers[0] if len(readers) == 1 else SeveralReaders(readers)


def _model(settings: Settings, solved: "Iterable[Demonstration]") -> "LanguageModelExtractor":
    from catalograph.ingest.llm import (
        AttributeGuide,
        DemonstrationIndex,
        Gateway,
        LanguageModelExtractor,
    )

    cases = list(solved)
    shown = DemonstrationIndex(cases if settings.llm.mode == "few-shot" else [])
    return LanguageModelExtractor(Gateway(settings), AttributeGuide(cases), shown)
