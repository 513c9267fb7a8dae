"""What serves: each head as the reader, method or scorer that the product has for its task."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.extract.protocol import ExtractionResult, ProductText
from catalograph.ingest.language.categories import Sentiments
from catalograph.ingest.multitask.graph_data import matching_text
from catalograph.ingest.multitask.model_folder import MultitaskModel, load_multitask
from catalograph.ingest.multitask.prediction import best_values
from catalograph.ingest.multitask.tasks import CATEGORY, MATCHING, SENTIMENT, TAGGING, part_of
from catalograph.ingest.resolve.corpus import Corpus, Encode
from catalograph.ingest.resolve.rules import BY_GTIN, RuleScorer
from catalograph.schema import Sentiment, Span

NAME = "multitask"
_TITLE = "title"
_ACCEPT = 0.8
"""Calibrated confidence from which a value is written; others are set aside."""
_KEEP = 0.4
"""Confidence below which a value is dropped."""


class TaggingReader:
    """A `TextReader` that reads titles by the tagging head; uncertain values are set aside.

    Args:
        model: model whose tagging head is kept.
    """

    name = NAME

    def __init__(self, model: MultitaskModel) -> None:
        self._model = model
        self.version = model.version

    @classmethod
    def load(cls, folder: Path) -> "TaggingReader":
        """Read the tagging head of a folder; errors are those of `load_multitask`."""
        return cls(load_multitask(folder, TAGGING))

    def read(self, products: Sequence[ProductText]) -> list[ExtractionResult]:
        """Return the values in the titles; in a category without examples none is accepted."""
        titled = [n for n, product in enumerate(products) if product.texts.get(_TITLE)]
        found = self._model.predictor.tag(
            [products[n].category or "" for n in titled],
            [products[n].texts[_TITLE] for n in titled],
        )
        results = [ExtractionResult()] * len(products)
        curve = self._model.thresholds[TAGGING].calibration
        known = self._model.heads[TAGGING].by_context
        for n, values in zip(titled, found, strict=True):
            product = products[n]
            text = product.texts[_TITLE]
            best = best_values(values, text)
            accepted: list[Finding] = []
            aside: list[Finding] = []
            for one in values:
                if best[one.attribute] != (text[one.start : one.end], one.score):
                    continue
                sure = curve(one.score)
                if one.attribute in product.known or sure < _KEEP:
                    continue
                span = Span(_TITLE, one.start, one.end)
                name = text[one.start : one.end]
                finding = Finding(one.attribute, name, NAME, self.version, sure, span)
                certain = sure >= _ACCEPT and (product.category or "") in known
                (accepted if certain else aside).append(finding)
            results[n] = ExtractionResult(tuple(accepted), tuple(aside))
        return results

    def report(self) -> Mapping[str, Any]:
        """Return no usage: the model takes only time."""
        return {}

    def estimate(self, products: Sequence[ProductText]) -> Mapping[str, Any]:
        """Return no usage: the model would take only time."""
        del products
        return {}


class CategoryHead:
    """The category head as a method of completion.

    Args:
        model: model whose category head is kept.
    """

    def __init__(self, model: MultitaskModel) -> None:
        self._model = model
        self._places = {key: n for n, key in enumerate(model.heads[CATEGORY].labels)}

    @classmethod
    def load(cls, folder: Path) -> "CategoryHead":
        """Read the category head of a folder; errors are those of `load_multitask`."""
        return cls(load_multitask(folder, CATEGORY))

    def is_unseen(self, product: str) -> bool:
        """Return whether the head did not learn from a product, so that it can be judged by it."""
        return part_of(product) == "test"

    def score(self, texts: Sequence[str], tails: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each category, float64 [texts, tails]; 0 for unknown ones."""
        chances = self._model.predictor.classify(CATEGORY, texts)
        scores = np.zeros((len(texts), len(tails)))
        for column, key in enumerate(tails):
            if key in self._places:
                scores[:, column] = chances[:, self._places[key]]
        return scores


class MatchingHead:
    """A `PairScorer` by the matching head; an equal GTIN decides without it.

    Args:
        model: model whose matching head is kept.
    """

    method = NAME
    encode: Encode | None = None

    def __init__(self, model: MultitaskModel) -> None:
        self._model = model

    @classmethod
    def load(cls, folder: Path) -> "MatchingHead":
        """Read the matching head of a folder; errors are those of `load_multitask`."""
        return cls(load_multitask(folder, MATCHING))

    @property
    def threshold(self) -> float:
        """See `PairScorer`."""
        return self._model.thresholds[MATCHING].threshold

    @property
    def band(self) -> tuple[float, float]:
        """See `PairScorer`."""
        return self._model.thresholds[MATCHING].band

    def score(self, corpus: Corpus, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `PairScorer.score`."""
        texts = [matching_text(record) for record in corpus.records]
        scores = self._model.predictor.match(
            [texts[i] for i, _ in pairs.tolist()], [texts[j] for _, j in pairs.tolist()]
        )
        scores[RuleScorer().score(corpus, pairs) >= BY_GTIN] = BY_GTIN
        return scores


def load_sentiments(folder: Path) -> tuple[Sentiments, frozenset[str], str]:
    """Return the sentiment head of a folder, the languages it learned, and its version.

    Errors are those of `load_multitask`.
    """
    model = load_multitask(folder, SENTIMENT)
    labels = [Sentiment(label) for label in model.heads[SENTIMENT].labels]
    curve = model.thresholds[SENTIMENT].calibration

    def judge(texts: Sequence[str]) -> list[tuple[Sentiment, float]]:
        chances = model.predictor.classify(SENTIMENT, texts)
        best = chances.argmax(axis=1).tolist()
        return [(labels[n], curve(float(chances[row, n]))) for row, n in enumerate(best)]

    return judge, model.languages[SENTIMENT], model.version
