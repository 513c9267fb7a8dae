"""Discrete Gaussian noise: exact for releases, simulated from a seed for evaluations.

Noise of floating-point numbers leaves marks of the true value in its last digits (Mironov 2012), so
a release adds whole numbers to whole numbers. OpenDP samples the discrete Gaussian exactly, with
rational arithmetic and the randomness of the operating system.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError

__all__ = ["Noise", "add_exact_noise", "simulate_noise"]

Counts: TypeAlias = NDArray[np.int64]
Noise = Callable[[Counts, float], Counts]
"""Adds independent noise of a standard deviation to whole numbers, int64 [n]."""
_FARTHEST = 12
"""Standard deviations beyond which simulated noise does not go: a probability of 1e-32."""


def add_exact_noise(counts: Counts, deviation: float) -> Counts:
    """Add discrete Gaussian noise by OpenDP; nobody can repeat it, as it has no seed.

    Args:
        counts: int64 [n].
        deviation: standard deviation, above 0.

    Raises:
        MissingExtraError: opendp is not installed.
    """
    if not len(counts):
        return counts.copy()
    try:
        import opendp.prelude as dp
    except ImportError as exc:
        raise MissingExtraError("privacy", "opendp") from exc
    dp.enable_features("contrib")
    domain = dp.vector_domain(dp.atom_domain(T="i64"), size=len(counts))
    measurement: Any = dp.m.make_gaussian(domain, dp.l2_distance(T=float), scale=deviation)
    return np.array(measurement(counts.tolist()), np.int64)


def simulate_noise(seed: int) -> Noise:
    """Return noise of the same distribution from a seed, for evaluations only.

    It is drawn by floating-point numbers, so it protects nobody.
    """
    random = np.random.default_rng(seed)

    def add(counts: Counts, deviation: float) -> Counts:
        farthest = int(np.ceil(_FARTHEST * deviation))
        values = np.arange(-farthest, farthest + 1)
        chances = np.exp(-0.5 * (values / deviation) ** 2)
        drawn: Counts = random.choice(values, len(counts), p=chances / chances.sum())
        return counts + drawn

    return add
