"""A preference among variants, learned from what people accepted and rejected."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalograph.store.queries.contents import JudgedText

_FEWEST = 3
"""Number of accepted and of rejected texts below which nothing is learned."""
_RIDGE = 1.0
_STEPS = 25


@dataclass(frozen=True)
class ContentPreference:
    """A logistic regression over features of texts.

    Attributes:
        mean: float64 [n]; of each feature.
        scale: float64 [n]; its deviation.
        weights: float64 [n].
        bias: of the regression.
        judged: number of texts it learned from.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float
    judged: int

    def score(self, features: Sequence[float]) -> float:
        """Return the probability that a text with these features is accepted."""
        standard = (np.asarray(features, dtype=np.float64) - self.mean) / self.scale
        return float(1 / (1 + math.exp(-float(standard @ self.weights) - self.bias)))


def learn_preference(
    judgements: Iterable[JudgedText], kind: str, size: int
) -> ContentPreference | None:
    """Learn from judgements of texts of a kind; of all kinds where these are too few.

    Args:
        judgements: judgements of texts.
        kind: kind of the texts to choose from.
        size: number of features; judgements with another number are of an older version.

    Returns:
        None where fewer than three texts were accepted, or rejected.
    """
    known = [one for one in judgements if len(one.features) == size]
    for used in ([one for one in known if one.kind == kind], known):
        accepted = sum(one.accepted for one in used)
        if min(accepted, len(used) - accepted) >= _FEWEST:
            return _fit(used)
    return None


def _fit(judged: Sequence[JudgedText]) -> ContentPreference:
    """Fit by Newton's method with a ridge on the weights."""
    rows = np.array([one.features for one in judged], dtype=np.float64)  # (B, n)
    wanted = np.array([one.accepted for one in judged], dtype=np.float64)
    mean, scale = rows.mean(0), rows.std(0)
    scale[scale < 1e-9] = 1.0
    x = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))])  # (B, n + 1)
    ridge = np.diag([_RIDGE] * rows.shape[1] + [1e-6])
    w = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(x @ w)))
        gradient = x.T @ (wanted - p) - ridge @ w
        curvature = (x * (p * (1 - p))[:, None]).T @ x + ridge
        step = np.linalg.solve(curvature, gradient)
        w += step
        if np.abs(step).max() < 1e-9:
            break
    return ContentPreference(mean, scale, w[:-1], float(w[-1]), len(judged))
