"""Confidence intervals by the bootstrap (Efron 1979)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["mean_interval"]

_CELLS = 1 << 22
"""Maximum number of drawn values in memory at a time."""


def mean_interval(
    values: NDArray[np.floating[Any]],
    seed: int = 0,
    *,
    resamples: int = 2_000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile interval of a mean; of differences by pairs, it is a paired bootstrap.

    Args:
        values: float [n], one of each independent subject, such as a shopper; n at least 1.
        seed: seed of the resampling.
        resamples: number of resamples.
        level: probability that the interval covers the mean.
    """
    draw = np.random.default_rng(seed)
    step = max(1, _CELLS // len(values))
    means = [
        values[draw.integers(0, len(values), (min(step, resamples - start), len(values)))].mean(
            axis=1
        )
        for start in range(0, resamples, step)
    ]
    tails = [50 * (1 - level), 50 * (1 + level)]
    low, high = np.percentile(np.concatenate(means), tails)
    return float(low), float(high)
