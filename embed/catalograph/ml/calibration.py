"""Scores as probabilities (Platt scaling), and how far probabilities are off.

Platt (1999) fits a logistic curve to scores and outcomes, here by Newton steps as in Lin, Lin and
Weng (2007). The fit is drawn towards "the scores are right as they are", slope 1 and shift 0, so
that it changes nothing where there is next to no evidence. scikit-learn's LogisticRegression draws
towards slope 0 only, hence an implementation of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "PlattCalibration",
    "calibrate_scores",
    "expected_calibration_error",
    "fit_platt",
    "logit",
]

_BINS = 10
_EDGE = 1e-6
_STEPS = 50
_CLOSE = 1e-6

Floats = NDArray[np.float64]


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
        """Return the probability of a score of 0 to 1, in steps of .001."""
        odds = float(logit(score))
        return round(1 / (1 + math.exp(-(self.slope * odds + self.shift))), 3)


def calibrate_scores(scores: Sequence[float], right: Sequence[bool]) -> PlattCalibration:
    """Fit a curve to scores of 0 to 1 of which it is known whether they were right.

    The targets are Platt's: not 0 and 1 but the shares expected with one more trial of either
    outcome, so that no finite sample makes a score certain.
    """
    goods = sum(right)
    targets = np.where(
        np.array(right, dtype=bool), (goods + 1) / (goods + 2), 1 / (len(right) - goods + 2)
    )
    return PlattCalibration(*fit_platt(logit(scores), targets))


def fit_platt(log_odds: Floats, targets: Floats, prior: float = 1.0) -> tuple[float, float]:
    """Return slope and shift of the logistic curve of the highest penalised likelihood.

    Args:
        log_odds: float [n]: of the scores.
        targets: float [n]: 0 to 1: whether each was right, smoothed or not.
        prior: weight of a squared unit by which slope or shift differ from 1 and 0.
    """
    columns = np.column_stack([log_odds, np.ones_like(log_odds)])
    start = np.array([1.0, 0.0])
    at = start.copy()
    for _ in range(_STEPS):
        shares = 1 / (1 + np.exp(-np.clip(columns @ at, -30, 30)))
        slope = columns.T @ (shares - targets) + prior * (at - start)
        curve = (columns * (shares * (1 - shares))[:, None]).T @ columns + prior * np.eye(2)
        step = np.linalg.solve(curve, slope)
        # A whole step may jump over the minimum, as the curve is flat far from it.
        at = at - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _CLOSE:
            break
    return float(at[0]), float(at[1])


def logit(shares: ArrayLike, edge: float = _EDGE) -> Floats:
    """Return the log-odds of shares, which are first kept `edge` away from 0 and 1."""
    inner = np.clip(np.asarray(shares, float), edge, 1 - edge)
    odds: Floats = np.log(inner / (1 - inner))
    return odds


def expected_calibration_error(confidences: ArrayLike, right: ArrayLike) -> float:
    """Return the expected calibration error over ten bins of equal width (Guo et al. 2017).

    Returns:
        Mean distance between the mean confidence of a bin and the share that was right; 0 without
        values.
    """
    given, truth = np.asarray(confidences, float), np.asarray(right, float)
    if not len(given):
        return 0.0
    bins = np.minimum((given * _BINS).astype(int), _BINS - 1)
    return float(np.abs(np.bincount(bins, given - truth)).sum() / len(given))
