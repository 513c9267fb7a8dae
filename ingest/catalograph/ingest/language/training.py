"""Training of the aspect readers.

English: an opinion model on ASTE or ACOS files (`opinion_model`). Chinese: a linear classifier of
the sentiment of a clause, on reviews with a positive or negative label (`categories`).
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalograph.errors import MissingExtraError, SourceFormatError, TrainingDataError
from catalograph.ingest.language.categories import (
    CategoryClassifier,
    ClassifierConfig,
    Sentiments,
)
from catalograph.ingest.language.opinions import read_opinions
from catalograph.ingest.readers import open_feed
from catalograph.ml.script import language_of
from catalograph.schema import Rejection, Sentiment

if TYPE_CHECKING:
    from catalograph.ingest.language.opinion_model import OpinionConfig, OpinionModel

_MODEL, _SENTIMENTS = "english", "chinese"
_LABELS = {
    "1": Sentiment.POSITIVE,
    "0": Sentiment.NEGATIVE,
    "positive": Sentiment.POSITIVE,
    "negative": Sentiment.NEGATIVE,
}
_TEXTS = ("review", "sentence", "text")
SHORT_TEXTS = ClassifierConfig(cost=0.3, words=0, characters=(1, 3), min_titles=3)
"""Chinese has no spaces between words, so only n-grams of characters are used."""


def train_aspects(
    files: Sequence[Path],
    folder: Path,
    *,
    encoder: str,
    config: "OpinionConfig | None" = None,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[str, int]:
    """Train the models that the files allow, and write them for `AspectReader.load`.

    Args:
        files: ASTE and ACOS files, and feeds of Chinese reviews with a column `label`.
        folder: output folder, created if missing.
        encoder: name or folder of a transformers model, for English.
        config: training options of the English model.
        progress: callback that receives the current step.

    Returns:
        Number of training sentences by language, for languages with a file.

    Raises:
        TrainingDataError: a file has none of these forms.
        SourceFormatError: a feed cannot be read.
        MissingExtraError: the extra `extract` is not installed.
    """
    feeds = [path for path in files if _is_feed(path)]
    labelled = [one for path in files if path not in feeds for one in read_opinions(path)]
    learned: dict[str, int] = {}
    if labelled:
        model = _opinion_model().train(labelled, encoder, config, progress)
        model.save(folder / _MODEL)
        learned["en"] = len(labelled)
    reviews = [pair for path in feeds for pair in read_sentiments(path)]
    if reviews:
        progress(f"training the sentiment of {len(reviews):,} Chinese reviews")
        texts, labels = zip(*reviews, strict=True)
        CategoryClassifier.train(texts, labels, SHORT_TEXTS).save(folder / _SENTIMENTS)
        learned["zh"] = len(reviews)
    return learned


def _is_feed(path: Path) -> bool:
    """Return whether a file is a feed with columns; ASTE and ACOS files have none."""
    try:
        with open_feed(path) as feed:
            first = next(feed.rows(), None)
    except SourceFormatError:
        return False
    return first is not None and not isinstance(first.fields, Rejection) and "label" in first.fields


def read_sentiments(path: Path) -> Iterator[tuple[str, str]]:
    """Yield Chinese reviews of a feed with a text and a column `label`.

    Labels are 1, 0, Positive and Negative.

    Raises:
        TrainingDataError: no row has both.
        SourceFormatError: the feed cannot be read.
    """
    found = 0
    with open_feed(path) as feed:
        for row in feed.rows():
            if isinstance(row.fields, Rejection):
                continue
            text = next((str(row.fields[name]) for name in _TEXTS if row.fields.get(name)), "")
            label = _LABELS.get(str(row.fields.get("label")).casefold())
            if label is not None and language_of(text) == "zh":
                found += 1
                yield text, str(label)
    if not found:
        raise TrainingDataError(
            f"'{path}' has no Chinese review with a label; expected a column label of 1 or 0, "
            f"or Positive or Negative, and one of {', '.join(_TEXTS)}."
        )


def load_model(folder: Path) -> "OpinionModel | None":
    """Read the English model of a folder, if it has one."""
    return _opinion_model().load(folder / _MODEL) if (folder / _MODEL).is_dir() else None


def load_sentiments(folder: Path) -> Sentiments | None:
    """Read the sentiment classifier of Chinese clauses, if the folder has one."""
    if not (folder / _SENTIMENTS).is_dir():
        return None
    classifier = CategoryClassifier.load(folder / _SENTIMENTS)
    return lambda texts: [(Sentiment(g.category), g.confidence) for g in classifier.predict(texts)]


def _opinion_model() -> "type[OpinionModel]":
    try:
        from catalograph.ingest.language.opinion_model import OpinionModel
    except ModuleNotFoundError as exc:
        raise MissingExtraError("extract", exc.name or "torch") from exc
    return OpinionModel
