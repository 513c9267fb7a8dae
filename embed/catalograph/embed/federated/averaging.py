"""Weights of shops as whole numbers that a secure sum adds up, and the average that comes back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.recommend.matrices import Ints
from catalograph.ml.softmax_head import HeadRows, HeadWeights, train_head

__all__ = ["WeightCode", "train_part"]

Floats = NDArray[np.float64]

_RIDGE = 0.1
_STEPS = 30
_MOST_ROWS = 1_000
"""Number of rows of a label up to which a shop counts more for having more."""
_LARGEST_WEIGHT = 32.0


@dataclass(frozen=True)
class WeightCode:
    """How weights become numbers from 0 to `largest`.

    A shop sends for each label how many rows it has, up to a thousand, and the weights times that
    share, moved by half of `largest`. Weights are cut at ±32, far from what is ever learned, and
    rounded to 64/`largest` at a thousand rows.
    """

    largest: int
    """Largest number that a shop may send."""

    @property
    def _middle(self) -> int:
        return self.largest // 2

    @property
    def _scale(self) -> float:
        return self._middle / _LARGEST_WEIGHT

    def encode(self, weights: Floats, rows: Ints) -> Ints:
        """Return the numbers of a shop.

        Args:
            weights: float64 [f, labels].
            rows: int64 [labels], number of rows of each label; 0 where a shop has none.
        """
        counted = np.minimum(rows, _MOST_ROWS)
        shares = np.clip(weights, -_LARGEST_WEIGHT, _LARGEST_WEIGHT) * (counted / _MOST_ROWS)
        moved = np.rint(shares * self._scale).astype(np.int64) + self._middle
        return np.concatenate([counted, moved.ravel()]).astype(np.int64)

    def decode(self, total: Ints, labels: int, shops: int) -> Floats:
        """Return the average weights, float64 [f, labels], of the sum of shops."""
        counted, moved = total[:labels], total[labels:].reshape(-1, labels)
        shares = (moved - shops * self._middle) / self._scale
        average: Floats = shares / np.maximum(counted, 1) * _MOST_ROWS
        return average


def train_part(rows: HeadRows, shared: Sequence[str], weights: Floats) -> tuple[Floats, Ints]:
    """Train a shop's part of a round, from the average of the round before.

    Args:
        rows: rows of the shop; those of labels that are not shared are left out.
        shared: labels of the average.
        weights: float64 [f, labels], the average.

    Returns:
        The weights of the shared labels, and the number of the shop's rows of each.
    """
    own = [n for n, label in enumerate(rows.labels) if label in set(shared)]
    labels = tuple(rows.labels[n] for n in own)
    kept = np.isin(rows.targets, own)
    targets = np.searchsorted(own, rows.targets[kept])
    part = HeadRows(labels, rows.features[kept], targets)
    start = HeadWeights(tuple(shared), weights).place(labels)
    trained = train_head(part, start, prior=start, ridge=_RIDGE, steps=_STEPS)
    counted = dict(zip(labels, np.bincount(targets, minlength=len(labels)).tolist(), strict=True))
    found = HeadWeights(labels, trained).place(shared)
    return found, np.array([counted.get(label, 0) for label in shared], np.int64)
