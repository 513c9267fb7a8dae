"""Confidences that mean what they say, and thresholds that keep a stated precision.

Scores become probabilities by isotonic regression over all attributes, then by Platt scaling of
each attribute with enough examples (Platt 1999; Zadrozny and Elkan 2002).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from catalograph.errors import MissingExtraError
from catalograph.ml.calibration import fit_platt, logit

_LEAST_EXAMPLES = 40
_SOFT = 0.25
"""Weight of a unit change of an attribute's logit in its Platt scaling: keeps it near the common
curve where examples are few."""
_EDGE = 1e-3


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
        return 1 / (1 + float(np.exp(-(slope * logit(share, _EDGE) + shift))))


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
    logits = logit(shares, _EDGE)
    own = {
        attribute: fit_platt(logits[listed], truth[listed], _SOFT * len(listed) ** 0.5)
        for attribute, listed in sorted(rows.items())
        if len(listed) >= _LEAST_EXAMPLES
    }
    return AttributeCalibration(common.scores, common.shares, own)


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
