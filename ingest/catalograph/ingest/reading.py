"""Readers of texts in use: a trained cascade, a language model, or both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.errors import ConfigError
from catalograph.ingest.extract.port import ProductText, Reading, TextReader
from catalograph.settings import Settings

if TYPE_CHECKING:
    from catalograph.ingest.llm import LanguageModelExtractor, LlmOutcome, Solved


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

    def read(self, products: Sequence[ProductText]) -> list[Reading]:
        """Read a batch; one reading a product, in the order of `products`."""
        return [self._reading(outcome) for outcome in self._model.run(products)]

    def report(self) -> Mapping[str, Any]:
        """What the language model was asked and what it cost."""
        return self._model.report()

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """What asking about these would cost."""
        return asdict(self._model.estimate(products))

    def _reading(self, outcome: "LlmOutcome") -> Reading:
        if outcome.failure is not None:
            return Reading(failure=str(outcome.failure))
        sure = tuple(f for f in outcome.findings if f.confidence >= self._accept)
        return Reading(sure, tuple(f for f in outcome.findings if f not in sure))


def make_reader(
    settings: Settings,
    extractor: Path | None,
    solved: "Iterable[Solved] | None",
    share: float = 0.25,
) -> TextReader:
    """The reader that was asked for.

    Args:
        settings: of the language model.
        extractor: folder of a trained cascade; None reads with the language model alone.
        solved: examples to tell the language model what to look for; None asks none.
        share: of products that the model is asked about, beside a cascade.

    Raises:
        ConfigError: neither is given, or the folder holds no cascade.
        MissingSettingError: no endpoint is set up.
    """
    model = None if solved is None else _model(settings, solved)
    if extractor is not None:
        from catalograph.ingest.extract.trained import load_extractor
        from catalograph.ingest.extract.with_model import WithModel

        cascade = load_extractor(extractor)
        return cascade if model is None else WithModel(cascade, model, share)
    if model is None:
        raise ConfigError("Nothing reads the texts: name a trained extractor or a language model.")
    return ModelReader(model, settings.llm.accept)


def _model(settings: Settings, solved: "Iterable[Solved]") -> "LanguageModelExtractor":
    from catalograph.ingest.llm import Demonstrations, Gateway, Guide, LanguageModelExtractor

    cases = list(solved)
    shown = Demonstrations(cases if settings.llm.mode == "few-shot" else [])
    return LanguageModelExtractor(Gateway(settings), Guide(cases), shown)
