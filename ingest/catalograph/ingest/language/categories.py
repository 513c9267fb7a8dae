"""Category classifier of product titles: n-grams of words and characters, one against the rest.

A linear support vector machine on TF-IDF (Fan et al. 2008); a softmax, followed by a logistic
curve, turns its margins into probabilities. Both are fitted on held-out titles.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError, TrainingDataError
from catalograph.ml.calibration import PlattCalibration, calibrate_scores
from catalograph.ml.script import fold_text
from catalograph.schema import Sentiment

VERSION = "1"
# One title in this many is held out for calibration.
_HELD_OUT = 10
# Candidate scales of the softmax; the most likely one is used.
_SHARPNESS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
_FEW = 2

Sentiments = Callable[[Sequence[str]], Sequence[tuple[Sentiment, float]]]
"""Function that returns sentiment and confidence (0 to 1) of each text."""


@dataclass(frozen=True)
class ClassifierConfig:
    """Training options of a classifier.

    Attributes:
        cost: cost of a misclassified training title; a larger value fits closer.
        words: longest n-gram of words; 0 uses characters only.
        characters: shortest and longest n-gram of characters, within words.
        min_titles: smallest number of titles that an n-gram must occur in.
        balanced: True gives rare categories as much weight as frequent ones.
    """

    cost: float = 0.5
    words: int = 2
    characters: tuple[int, int] = (2, 5)
    min_titles: int = 1
    balanced: bool = False


@dataclass(frozen=True, slots=True)
class Guess:
    """A category with the probability that it is right."""

    category: str
    confidence: float


class CategoryClassifier:
    """A trained classifier of short texts; create one with `train` or `load`."""

    def __init__(self, pipeline: Any, sharpness: float, curve: PlattCalibration) -> None:
        self._pipeline = pipeline
        self._sharpness = sharpness
        self._curve = curve

    @property
    def categories(self) -> list[str]:
        """All categories that the classifier knows."""
        return [str(name) for name in self._pipeline.classes_]

    def predict(self, titles: Sequence[str]) -> list[Guess]:
        """Return the most probable category of each title, with a calibrated confidence."""
        if not titles:
            return []
        said = _softmax(_margins(self._pipeline, titles), self._sharpness)
        best = said.argmax(axis=1)
        names = self._pipeline.classes_
        return [Guess(str(names[k]), self._curve(float(said[n, k]))) for n, k in enumerate(best)]

    @classmethod
    def train(
        cls,
        titles: Sequence[str],
        categories: Sequence[str],
        config: ClassifierConfig | None = None,
    ) -> "CategoryClassifier":
        """Train on nine tenths, calibrate on the last tenth, then train again on all titles.

        Raises:
            TrainingDataError: there are fewer than two categories.
            MissingExtraError: the extra `extract` is not installed.
        """
        config = config or ClassifierConfig()
        if len(set(categories)) < _FEW:
            raise TrainingDataError(
                f"{len(titles):,} titles are of {len(set(categories))} categories; "
                "expected at least two to tell apart."
            )
        sharpness, curve = _calibrate(titles, categories, config)
        return cls(_fit(titles, categories, config), sharpness, curve)

    def save(self, folder: Path) -> None:
        """Write the classifier to a folder, which is created if missing."""
        import joblib

        folder.mkdir(parents=True, exist_ok=True)
        kept = {
            "pipeline": self._pipeline,
            "sharpness": self._sharpness,
            "curve": asdict(self._curve),
        }
        joblib.dump(kept, folder / "categories.joblib", compress=3)

    @classmethod
    def load(cls, folder: Path) -> "CategoryClassifier":
        """Read a classifier that `save` wrote; it is a pickle, so use only a folder that you trust.

        Raises:
            TrainingDataError: the folder holds no classifier.
            MissingExtraError: the extra `extract` is not installed.
        """
        try:
            import joblib
        except ImportError as exc:
            raise MissingExtraError("extract", "scikit-learn") from exc
        try:
            kept = joblib.load(folder / "categories.joblib")
        except (OSError, EOFError, ValueError) as exc:
            raise TrainingDataError(
                f"'{folder}' holds no trained classifier ({exc}). Train it again."
            ) from exc
        curve = kept["curve"]
        if isinstance(curve, dict):  # earlier versions kept the curve itself
            curve = PlattCalibration(**curve)
        return cls(kept["pipeline"], kept["sharpness"], curve)


def _fit(titles: Sequence[str], categories: Sequence[str], config: ClassifierConfig) -> Any:
    """Fit the pipeline; the only place that imports scikit-learn for classification."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.svm import LinearSVC
    except ImportError as exc:
        raise MissingExtraError("extract", "scikit-learn") from exc
    shared = {"preprocessor": fold_text, "sublinear_tf": True, "min_df": config.min_titles}
    views = [TfidfVectorizer(analyzer="char_wb", ngram_range=config.characters, **shared)]
    if config.words:
        word = {"token_pattern": r"\w+"} | shared
        views.append(TfidfVectorizer(ngram_range=(1, config.words), **word))
    machine = LinearSVC(
        C=config.cost, class_weight="balanced" if config.balanced else None, random_state=0
    )
    try:
        return make_pipeline(make_union(*views), machine).fit(list(titles), list(categories))
    except ValueError as exc:
        raise TrainingDataError(
            f"No n-gram is in {config.min_titles:,} of the {len(titles):,} titles ({exc}); "
            "expected more titles, or longer ones."
        ) from exc


def _calibrate(
    titles: Sequence[str], categories: Sequence[str], config: ClassifierConfig
) -> tuple[float, PlattCalibration]:
    held = np.array([_is_held_out(title) for title in titles])
    rest = [c for c, out in zip(categories, held, strict=True) if not out]
    if not held.any() or len(set(rest)) < _FEW:
        return 1.0, PlattCalibration()
    pipeline = _fit([t for t, out in zip(titles, held, strict=True) if not out], rest, config)
    margins = _margins(pipeline, [t for t, out in zip(titles, held, strict=True) if out])
    gold = np.array([c for c, out in zip(categories, held, strict=True) if out])
    right = pipeline.classes_[margins.argmax(axis=1)] == gold
    known = np.searchsorted(pipeline.classes_, gold).clip(max=len(pipeline.classes_) - 1)
    told = pipeline.classes_[known] == gold
    sharpness = max(_SHARPNESS, key=lambda s: _likelihood(margins[told], known[told], s))
    scores = _softmax(margins, sharpness).max(axis=1)
    return sharpness, calibrate_scores(scores.tolist(), right.tolist())


def _is_held_out(title: str) -> bool:
    digest = hashlib.sha256(f"calibrate {title}".encode()).digest()
    return int.from_bytes(digest[:4]) % _HELD_OUT == 0


def _margins(pipeline: Any, titles: Sequence[str]) -> NDArray[np.float64]:
    """Return the distance from each category's hyperplane, [titles, categories]."""
    margins: NDArray[np.float64] = pipeline.decision_function(list(titles))
    return np.column_stack([-margins, margins]) if margins.ndim == 1 else margins


def _softmax(margins: NDArray[np.float64], sharpness: float) -> NDArray[np.float64]:
    raised = np.exp(sharpness * (margins - margins.max(axis=1, keepdims=True)))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _likelihood(
    margins: NDArray[np.float64], classes: NDArray[np.int64], sharpness: float
) -> float:
    said = _softmax(margins, sharpness)[np.arange(len(classes)), classes]
    return float(np.log(said + 1e-12).mean()) if len(classes) else 0.0
