"""Private counts of products: one noisy number a product, and what it says of the true one.

Each shopper adds 1/√n to each of the n products that they chose. So nobody changes the counts by
more than 1 in the L2 norm, whatever they chose, and no choice is thrown away. Counts are whole
numbers of 1/RESOLUTION. Everything after the noise is post-processing, which costs no privacy.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from catalograph.ml.privacy.noise import Noise

__all__ = [
    "RESOLUTION",
    "CountDistribution",
    "PrivateCounts",
    "bound_contributions",
    "estimate_distribution",
    "release_counts",
]

RESOLUTION = 64
"""Units in a count of 1. A shopper of more than RESOLUTION² products adds nothing."""
_GRID = 120
"""Number of values at which the distribution of the true counts is estimated."""
_ROUNDS = 60
"""Rounds of expectation maximisation; more change the result by less than the noise."""


@dataclass(frozen=True)
class PrivateCounts:
    """Counts with noise.

    Attributes:
        values: int64 [products]; in units of 1/RESOLUTION, also below 0.
        noise_multiplier: standard deviation of the noise in units of the L2 sensitivity.
    """

    values: NDArray[np.int64]
    noise_multiplier: float

    @property
    def estimates(self) -> NDArray[np.float64]:
        """Return the counts as they are, not below 0; float64 [products]."""
        found: NDArray[np.float64] = np.maximum(self.values, 0) / RESOLUTION
        return found

    def keep_largest(self, share: float) -> NDArray[np.float64]:
        """Return the counts of this share of the products, the largest, and 0 for the others."""
        kept = max(1, round(share * len(self.values)))
        least = np.sort(self.estimates)[::-1][kept - 1] if len(self.values) else 0.0
        return np.where(self.estimates >= least, self.estimates, 0.0)


def bound_contributions(choices: "sp.csr_array[Any, tuple[int, int]]") -> NDArray[np.int64]:
    """Count the products with the contribution of each shopper bounded; int64 [products].

    Args:
        choices: CSR [shoppers, products] with an entry for each choice.

    Returns:
        Counts in units of 1/RESOLUTION; the L2 norm of one shopper's share is at most RESOLUTION.
    """
    numbers = np.diff(choices.indptr)
    # Rounded down, so that n·units² stays within RESOLUTION².
    units = np.floor(RESOLUTION / np.sqrt(np.maximum(numbers, 1))).astype(np.int64)
    weights = np.repeat(units, numbers)
    counts = np.zeros(choices.shape[1], np.int64)
    np.add.at(counts, choices.indices, weights)
    return counts


def release_counts(
    choices: "sp.csr_array[Any, tuple[int, int]]", noise_multiplier: float, noise: Noise
) -> PrivateCounts:
    """Count the products with noise.

    Args:
        choices: CSR [shoppers, products] with an entry for each choice.
        noise_multiplier: see `PrivateCounts`.
        noise: adds the noise.
    """
    counts = bound_contributions(choices)
    return PrivateCounts(noise(counts, RESOLUTION * noise_multiplier), noise_multiplier)


@dataclass(frozen=True)
class CountDistribution:
    """What noisy counts say of the true ones.

    Attributes:
        grid: float64 [n]; values of true counts.
        chances: float64 [m, n]; probability of each for the products with one noisy count.
        places: int64 [products]; row of `chances` of each product.
    """

    grid: NDArray[np.float64]
    chances: NDArray[np.float64]
    places: NDArray[np.int64]

    def powers(self, power: float) -> NDArray[np.float64]:
        """Return the expectation of (true count + 1)^power; float64 [products]."""
        expected: NDArray[np.float64] = self.chances @ (self.grid + 1.0) ** power
        return expected[self.places]


def estimate_distribution(
    counts: PrivateCounts, groups: NDArray[np.integer[Any]] | None = None
) -> CountDistribution:
    """Estimate the true counts from the noisy ones.

    The distribution of the true counts is estimated from the noisy ones themselves, by
    nonparametric maximum likelihood (Kiefer and Wolfowitz 1956), for each group on its own: public
    knowledge that tells popular products from others goes into the groups.

    Args:
        counts: noisy counts.
        groups: int [products]; number of each product's group; None for one group.
    """
    deviation = counts.noise_multiplier
    groups = np.zeros(len(counts.values), np.int64) if groups is None else groups
    largest = max(1.0, float(counts.estimates.max(initial=0.0)) + 3 * deviation)
    grid = np.expm1(np.linspace(0.0, np.log1p(largest), _GRID))
    places = np.zeros(len(counts.values), np.int64)
    chances: list[NDArray[np.float64]] = []
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        distinct, own, numbers = np.unique(
            counts.values[members], return_inverse=True, return_counts=True
        )
        places[members] = own + sum(len(rows) for rows in chances)
        chances.append(_deconvolve(distinct / RESOLUTION, numbers, grid, deviation))
    return CountDistribution(grid, np.concatenate(chances or [np.empty((0, _GRID))]), places)


def _deconvolve(
    noisy: NDArray[np.float64],
    numbers: NDArray[np.integer[Any]],
    grid: NDArray[np.float64],
    deviation: float,
) -> NDArray[np.float64]:
    """Return the posterior probabilities of the grid's values; float64 [noisy, grid]."""
    logs = -0.5 * ((noisy[:, None] - grid) / deviation) ** 2
    # Relative to the nearest value, as all likelihoods of a count far below 0 vanish.
    likelihood = np.exp(logs - logs.max(axis=1, keepdims=True))
    prior = np.full(len(grid), 1.0 / len(grid))
    for _ in range(_ROUNDS):
        posterior = likelihood * prior
        posterior /= posterior.sum(axis=1, keepdims=True)
        prior = numbers @ posterior / numbers.sum()
    posterior = likelihood * prior
    found: NDArray[np.float64] = posterior / posterior.sum(axis=1, keepdims=True)
    return found
