"""Whether a text is abusive: by word lists, and by a linear model where one was trained."""

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalograph.assistant.cited_quantities import plain_text
from catalograph.assistant.content.rules import find_rule_hits
from catalograph.errors import InvalidInputError, MissingExtraError

BUCKETS = 1 << 17
_FORMAT = 1
_WORD_SPLIT = " "
_FEWEST_ROWS = 20


@dataclass(frozen=True)
class ToxicityModel:
    """Logistic regression over hashed words, pairs of words, and parts of words.

    Attributes:
        weights: float32 [BUCKETS + 1]; the last one is of a hit of the word lists.
        bias: of the regression.
    """

    weights: NDArray[np.float32]
    bias: float

    def probability(self, text: str) -> float:
        """Return the probability that a text is abusive, 0 to 1."""
        buckets, values = hash_features(text)
        return float(1 / (1 + math.exp(-float(self.weights[buckets] @ values) - self.bias)))

    def save(self, path: Path) -> None:
        """Write the model as one file of arrays."""
        with path.open("wb") as stream:
            np.savez_compressed(
                stream, format=_FORMAT, weights=self.weights.astype(np.float16), bias=self.bias
            )


def load_toxicity(path: Path) -> ToxicityModel:
    """Read a model of `train toxicity`.

    Raises:
        InvalidInputError: the file is none.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if int(arrays["format"]) != _FORMAT or len(arrays["weights"]) != BUCKETS + 1:
                raise ValueError("another format")
            return ToxicityModel(arrays["weights"].astype(np.float32), float(arrays["bias"]))
    except (OSError, ValueError, KeyError) as exc:
        raise InvalidInputError(
            f"{path} is no toxicity model ({exc}). Make one: `catalograph train toxicity`."
        ) from exc


def is_toxic(text: str, model: ToxicityModel | None = None, cut: float = 0.5) -> bool:
    """Return whether a text has a word of the lists, or a model says that it is abusive."""
    if any(hit.rule == "abuse" for hit in find_rule_hits(text)):
        return True
    return model is not None and model.probability(text) >= cut


def train_toxicity(texts: Sequence[str], labels: Sequence[bool], seed: int = 0) -> ToxicityModel:
    """Train the model on labelled texts of any language.

    Args:
        texts: at least 20 texts.
        labels: whether each is abusive; both must occur.
        seed: seed of the solver.

    Raises:
        InvalidInputError: there are too few rows, or only one label.
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        from scipy.sparse import csr_matrix
        from sklearn.linear_model import LogisticRegression
    except ImportError as exc:
        raise MissingExtraError("extract", "scikit-learn") from exc
    if len(texts) < _FEWEST_ROWS or len(set(labels)) < 2:
        raise InvalidInputError(
            f"{len(texts)} texts with {len(set(labels))} labels are too few; expected "
            f"{_FEWEST_ROWS} or more texts, abusive ones and others."
        )
    rows = [hash_features(text) for text in texts]
    starts = np.cumsum([0, *(len(buckets) for buckets, _ in rows)])
    matrix = csr_matrix(
        (
            np.concatenate([values for _, values in rows]),
            np.concatenate([buckets for buckets, _ in rows]),
            starts,
        ),
        shape=(len(rows), BUCKETS + 1),
    )
    model = LogisticRegression(C=30.0, class_weight="balanced", max_iter=500, random_state=seed)
    model.fit(matrix, np.asarray(labels, dtype=bool))
    return ToxicityModel(model.coef_[0].astype(np.float32), float(model.intercept_[0]))


def hash_features(text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the buckets of a text's features, ascending, and their values.

    Returns:
        int64 [n] and float32 [n]; the values of hashed features have the length 1 together.
    """
    counts: dict[int, int] = {}
    for feature in _features(plain_text(text)):
        bucket = zlib.crc32(feature.encode()) % BUCKETS
        counts[bucket] = counts.get(bucket, 0) + 1
    buckets = np.array(sorted(counts), dtype=np.int64)
    values = np.array([1 + math.log(counts[bucket]) for bucket in buckets], dtype=np.float32)
    norm = float(np.linalg.norm(values)) or 1.0
    hit = any(hit.rule == "abuse" for hit in find_rule_hits(text))
    return (
        np.append(buckets, BUCKETS),
        np.append(values / norm, np.float32(hit)).astype(np.float32),
    )


def _features(text: str) -> Iterator[str]:
    words = text.split(_WORD_SPLIT)
    yield from (f"w:{word}" for word in words)
    yield from (f"p:{a} {b}" for a, b in pairwise(words))
    padded = f" {text} "
    for size in (1, 2, 3, 4):
        yield from (f"c:{padded[n : n + size]}" for n in range(len(padded) - size + 1))
