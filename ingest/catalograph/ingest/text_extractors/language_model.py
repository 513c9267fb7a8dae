"""A language model that is told by examples what to look for."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.errors import TrainingDataError
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText, TextReader
from catalograph.ingest.readers import open_feed
from catalograph.ingest.text_extractors.protocol import (
    ExtractorOption,
    ExtractorRequest,
    TextExtractorEntry,
)
from catalograph.schema import Rejection
from catalograph.store.queries.texts import read_examples

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
        doubtful = tuple(f for f in outcome.findings if f not in sure)
        return ExtractionResult(sure, (*doubtful, *outcome.proposals))


def make_language_model(request: ExtractorRequest) -> "LanguageModelExtractor | None":
    """Return what asks the language model, None where it is not asked for.

    Raises:
        MissingSettingError: no endpoint is set up.
    """
    if not request.options["llm"]:
        return None
    from catalograph.ingest.llm import (
        AttributeGuide,
        DemonstrationIndex,
        Gateway,
        LanguageModelExtractor,
    )

    settings = request.settings
    from catalograph.ingest.review.queue import ReviewQueue

    cases, rejected = _read_demonstrations(request), {}
    if request.connection is not None:
        queue = ReviewQueue(settings, request.connection)
        cases += map(_keep_accepted, queue.training_rows())
        rejected = queue.rejected_attributes()
    shown = DemonstrationIndex(cases if settings.llm.mode == "few-shot" else [])
    guide = AttributeGuide(cases, rejected)
    return LanguageModelExtractor(Gateway(settings), guide, shown)


def _make(request: ExtractorRequest) -> TextReader | None:
    # Beside a trained extractor the model reads what that one is least certain of.
    if request.options["extractor"] is not None:
        return None
    model = make_language_model(request)
    return None if model is None else ModelReader(model, request.settings.llm.accept)


def _read_demonstrations(request: ExtractorRequest) -> "list[Demonstration]":
    """Examples in the files that are named, else those that the graph has."""
    from catalograph.ingest.llm import Demonstration, read_demonstration

    if paths := request.options["examples"]:
        return [read_demonstration(row) for path in paths for row in _rows(path)]
    if request.connection is None:
        return []
    known = read_examples(request.connection)
    return [Demonstration({"title": e.title}, e.category, e.values) for e in known]


def _keep_accepted(row: Mapping[str, Any]) -> "Demonstration":
    """Return a reviewed text with the values that a person accepted."""
    from catalograph.ingest.llm import Demonstration, read_demonstration

    case = read_demonstration(row)
    values = {name: listed for name, listed in case.values.items() if listed}
    return Demonstration(case.texts, case.category or None, values)


def _rows(path: Path) -> list[Any]:
    rows: list[Any] = []
    with open_feed(path) as file:
        for row in file.rows():
            if isinstance(row.fields, Rejection):
                raise TrainingDataError(
                    f"Row {row.number} of {path} cannot be read: {row.fields.detail}"
                )
            rows.append(row.fields)
    return rows


ENTRY = TextExtractorEntry(
    label="a language model",
    options=(
        ExtractorOption("llm", bool, False, "Ask the language model of the settings about texts."),
        ExtractorOption(
            "llm_share", float, 0.25, "Of products, beside --extractor.", least=0, most=1
        ),
        ExtractorOption(
            "examples",
            list[Path] | None,
            None,
            "Labelled JSONL rows that tell the language model what to look for. "
            "Default: what the graph knows already.",
        ),
    ),
    make=_make,
)
