"""Ensemble of conditional random fields: averaged marginals, decoded under BIEOS.

Fields with different features make different errors, so the mean of their marginals is both more
accurate and better calibrated than any single field.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError, TrainingDataError
from catalograph.ingest.language.tags import Entity, decode

Features = Sequence[Sequence[str]]
"""Feature names of each token of a sentence."""
Marginals = NDArray[np.float64]
"""Probability of each label at each token, [tokens, labels]."""
# Added before the logarithm, since a marginal may be 0.
_SMALLEST = 1e-9


def train(
    sentences: Sequence[Features],
    tags: Sequence[Sequence[str]],
    path: Path,
    *,
    l1: float = 0.05,
    l2: float = 0.05,
    iterations: int = 120,
) -> None:
    """Train one field with L-BFGS (Okazaki, CRFsuite) and write it to a file.

    Raises:
        MissingExtraError: the extra `extract` is not installed.
        TrainingDataError: there is no training data.
    """
    if not any(tag != "O" for tagged in tags for tag in tagged):
        raise TrainingDataError(
            f"The {len(tags):,} training sentences name nothing; expected tagged entities."
        )
    trainer = _pycrfsuite().Trainer(verbose=False)
    trainer.set_params({"c1": l1, "c2": l2, "max_iterations": iterations})
    for features, tagged in zip(sentences, tags, strict=True):
        trainer.append(features, tagged)
    trainer.train(str(path))


class ConditionalRandomField:
    """A trained field, read from a file."""

    def __init__(self, path: Path) -> None:
        self._tagger = _pycrfsuite().Tagger()
        try:
            self._tagger.open(str(path))
        except (OSError, ValueError) as exc:
            raise TrainingDataError(
                f"'{path}' is no trained tagger ({exc}). Train it again."
            ) from exc
        self.labels: tuple[str, ...] = tuple(sorted(self._tagger.labels()))

    def marginals(self, features: Features) -> Marginals:
        """Return the probability of each of `labels` at each token."""
        self._tagger.set(features)
        marginal, places = self._tagger.marginal, range(len(features))
        return np.array([[marginal(label, n) for label in self.labels] for n in places])


def best_entities(
    marginals: Marginals, labels: Sequence[str], outside: float = 0.0
) -> frozenset[Entity]:
    """Return the entities of the most probable path that BIEOS allows.

    Args:
        marginals: label probabilities, [tokens, labels].
        labels: BIEOS label of each column.
        outside: amount subtracted from the logarithm of `O`; above 0 finds more entities, below 0
            fewer.
    """
    if not len(marginals):
        return frozenset()
    scores = np.log(marginals + _SMALLEST)
    scores[:, [label == "O" for label in labels]] -= outside
    begins = np.array([label[0] in "OBS" for label in labels])
    ends = np.array([label[0] in "OES" for label in labels])
    allowed = np.array([[_follows(a, b) for b in labels] for a in labels])
    steps = np.where(allowed, 0.0, -np.inf)
    best = np.where(begins, scores[0], -np.inf)
    back = []
    for row in scores[1:]:
        paths = best[:, None] + steps
        back.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + row
    label = int(np.where(ends, best, -np.inf).argmax())
    chosen = [label]
    for pointers in reversed(back):
        label = int(pointers[label])
        chosen.append(label)
    return decode([labels[n] for n in reversed(chosen)])


def _follows(before: str, after: str) -> bool:
    if before[0] in "OES":
        return after[0] in "OBS"
    return after[0] in "IE" and before[2:] == after[2:]


def confidence(marginals: Marginals, labels: Sequence[str], entity: Entity) -> float:
    """Return the smallest marginal among an entity's tags, that of its weakest token."""
    last = entity.end - 1
    weakest = 1.0
    for n in range(entity.start, entity.end):
        prefix = "S" if entity.start == last else "B" if n == entity.start else "I"
        prefix = "E" if n == last > entity.start else prefix
        tag = f"{prefix}-{entity.type}"
        weakest = min(weakest, float(marginals[n, labels.index(tag)]) if tag in labels else 0.0)
    return weakest


def _pycrfsuite() -> Any:
    """Import pycrfsuite; the only place that does so for `language`."""
    try:
        import pycrfsuite
    except ImportError as exc:
        raise MissingExtraError("extract", "python-crfsuite") from exc
    return pycrfsuite
