"""Confidences that mean what they say, and thresholds that keep a stated precision.

Scores become probabilities by isotonic regression over all attributes, then by Platt scaling of
each attribute with enough examples (Platt 1999; Zadrozny and Elkan 2002). Guo et al. (ICML 2017)
define the expected calibration error.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from catalograph.errors import MissingExtraError

_BINS = 10
_LEAST_EXAMPLES = 40
_SOFT = 0.25
"""Weight of a unit change of an attribute's logit in its Platt scaling: keeps it near the common
curve where examples are few."""
_EDGE = 1e-3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AttributeCalibration:
    """From scores to probabilities.

    Attributes:
        scores: rising knots of the common curve; none, scores are probabilities already.
        shares: probability at each knot.
        by_attribute: slope and shift of the logit.
    """

    scores: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    by_attribute: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def confidence(self, attribute: str, score: float) -> float:
        """Probability that a value with this score is right."""
        share = float(np.interp(score, self.scores, self.shares)) if self.scores else score
        share = min(max(share, _EDGE), 1 - _EDGE)
        if attribute not in self.by_attribute:
            return share
        slope, shift = self.by_attribute[attribute]
        return 1 / (1 + float(np.exp(-(slope * _logit(share) + shift))))


def calibrate(
    attributes: Sequence[str], scores: ArrayLike, right: ArrayLike
) -> AttributeCalibration:
    """Learn a calibration from scores on examples that the scorer was not trained on.

    Args:
        attributes: of each value.
        scores: of each value.
        right: whether it was right.

    Raises:
        MissingExtraError: the extra `extract` is not installed.
    """
    given, truth = np.asarray(scores, float), np.asarray(right, float)
    if len(given) < 2 or truth.min() == truth.max():
        return AttributeCalibration()
    try:
        from sklearn.isotonic import IsotonicRegression
    except ImportError as exc:
        raise MissingExtraError("extract", "scikit-learn") from exc
    curve = IsotonicRegression(y_min=_EDGE, y_max=1 - _EDGE, out_of_bounds="clip")
    curve.fit(given, truth)
    knots = tuple(float(x) for x in curve.X_thresholds_)
    common = AttributeCalibration(knots, tuple(float(y) for y in curve.y_thresholds_))
    rows = defaultdict(list)
    for n, attribute in enumerate(attributes):
        rows[attribute].append(n)
    shares = [common.confidence(a, s) for a, s in zip(attributes, given, strict=True)]
    logits = _logit(np.array(shares))
    own = {
        attribute: _platt(logits[listed], truth[listed])
        for attribute, listed in sorted(rows.items())
        if len(listed) >= _LEAST_EXAMPLES
    }
    return AttributeCalibration(common.scores, common.shares, own)


def _platt(logits: Floats, right: Floats) -> tuple[float, float]:
    """Slope and shift, by Newton steps on the penalised likelihood; starts at (1, 0)."""
    at = np.array([1.0, 0.0])
    columns = np.stack([logits, np.ones_like(logits)], 1)
    penalty = _SOFT * len(logits) ** 0.5
    for _ in range(25):
        shares = 1 / (1 + np.exp(-columns @ at))
        slope = columns.T @ (shares - right) + penalty * (at - [1.0, 0.0])
        curve = (columns * (shares * (1 - shares))[:, None]).T @ columns + penalty * np.eye(2)
        at = at - np.linalg.solve(curve, slope)
    return float(at[0]), float(at[1])


def _logit(share: "Floats | float") -> "Floats":
    clipped = np.clip(share, _EDGE, 1 - _EDGE)
    made: Floats = np.log(clipped / (1 - clipped))
    return made


def calibration_error(confidences: ArrayLike, right: ArrayLike) -> float:
    """Expected calibration error over ten equal bins; 0 without values."""
    given, truth = np.asarray(confidences, float), np.asarray(right, float)
    if not len(given):
        return 0.0
    bins = np.minimum((given * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(given[bins == n].mean() - truth[bins == n].mean()) * (bins == n).sum()
        for n in range(_BINS)
        if (bins == n).any()
    ]
    return float(sum(gaps) / len(given))


def threshold_for(confidences: ArrayLike, right: ArrayLike, precision: float) -> float:
    """The lowest confidence from which on the values are right to a stated share.

    Returns:
        Above one where no threshold reaches it.
    """
    given, truth = np.asarray(confidences, float), np.asarray(right, float)
    order = np.argsort(-given, kind="stable")
    shares = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
    # A threshold falls between two different confidences only.
    last = np.append(given[order][:-1] != given[order][1:], True) if len(order) else shares > 1
    good = np.flatnonzero((shares >= precision) & last)
    return float(given[order][good[-1]]) if len(good) else 1.01
