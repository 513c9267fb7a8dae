"""Scores made into probabilities that can be believed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class PlattCalibration:
    """A logistic curve over the log-odds of a score (Platt 1999).

    Attributes:
        slope: 1 leaves the log-odds as they are; below, scores were too sure.
        shift: added to the log-odds.
    """

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, score: float) -> float:
        """Probability of a score of 0 to 1, in steps of .001."""
        return round(1 / (1 + math.exp(-(self.slope * _log_odds(score) + self.shift))), 3)


def fit(scores: Sequence[float], right: Sequence[bool]) -> PlattCalibration:
    """Fit to scores of which it is known whether they were right.

    Newton's method on the logistic loss, with Platt's smoothed targets and a weak prior on "the
    scores are right as they are", which decides where there is next to no evidence.
    """
    odds = np.array([_log_odds(score) for score in scores])
    rows = np.column_stack([odds, np.ones_like(odds)]) if len(odds) else np.empty((0, 2))
    goods = sum(right)
    target = np.where(
        np.array(right, dtype=bool), (goods + 1) / (goods + 2), 1 / (len(right) - goods + 2)
    )
    start = np.array([1.0, 0.0])
    weights = start.copy()
    for _ in range(50):
        said = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (said - target) + (weights - start)
        curve = (rows * (said * (1 - said))[:, None]).T @ rows + np.eye(2)
        step = np.linalg.solve(curve, slope)
        # A whole step may jump over the minimum, as the curve is flat far from it.
        weights = weights - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _EDGE:
            break
    return PlattCalibration(float(weights[0]), float(weights[1]))


def expected_error(scores: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Guo et al. 2017)."""
    if not len(scores):
        return 0.0
    held = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = np.abs(np.bincount(held, scores, bins) - np.bincount(held, right, bins))
    return float(gaps.sum() / len(scores))


def _log_odds(score: float) -> float:
    inner = min(max(score, _EDGE), 1 - _EDGE)
    return math.log(inner / (1 - inner))
