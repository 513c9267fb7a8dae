"""Ways to use one release of counts: what each product's scores are multiplied by.

All are post-processing of one release of product counts, so they cost the same ε, but for
`category counts`, which splits the budget between products and the brands and categories that they
share.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.kgease import fact_features
from catalograph.embed.recommend.matrices import Csr, Floats, row_of_entry
from catalograph.ml.privacy.counts import (
    RESOLUTION,
    PrivateCounts,
    estimate_distribution,
    release_counts,
)
from catalograph.ml.privacy.noise import Noise

__all__ = ["METHODS", "PublicKnowledge", "Release"]

POWERS = (0.1, 0.2, 0.3, 0.4, 0.5)
_SHARES = (0.02, 0.05, 0.1, 0.2, 0.4)
_GROUPS = 10
_SMOOTHING = 20.0
"""Number of products that a brand or category is supposed to have besides its own, of the usual
popularity."""


@dataclass(frozen=True)
class PublicKnowledge:
    """What the public graph says of the products."""

    data: RecommendData

    @cached_property
    def facts(self) -> Csr:
        """Return the facts of all relations, each row of a relation of length one; CSR."""
        parts = [fact_features(relation) for relation in self.data.relations.values()]
        return sp.csr_array(sp.hstack(parts, format="csr"))

    @cached_property
    def shared(self) -> Csr:
        """Return which product has which brand, category and the like; 0/1 CSR."""
        parts = [
            relation.facts.astype(bool).astype(np.float64)
            for relation in self.data.relations.values()
            if relation.tail_items is None
        ]
        return (
            sp.csr_array(sp.hstack(parts, format="csr"))
            if parts
            else sp.csr_array((self.data.n_items, 0))
        )

    @cached_property
    def degrees(self) -> NDArray[np.float64]:
        """Return how often each product is named by others, and how many facts it has."""
        named = np.zeros(self.data.n_items)
        for relation in self.data.relations.values():
            tails = np.bincount(relation.facts.indices, minlength=relation.facts.shape[1])
            if relation.tail_items is not None:
                known = relation.tail_items >= 0
                np.add.at(named, relation.tail_items[known], tails[known])
            named += 1e-3 * np.diff(relation.facts.indptr)
        return named

    def smooth(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of the others that share facts with each product; float64 [items]."""
        F = self.facts.astype(np.float64)
        rows = row_of_entry(F)
        usual = float(values.mean())
        sums = F.T @ (values - usual)
        sizes = np.asarray(F.sum(axis=0)).ravel()
        left = sums[F.indices] - F.data * (values - usual)[rows]
        size = sizes[F.indices] - F.data + _SMOOTHING
        totals = np.bincount(rows, F.data * left / size, minlength=len(values))
        weights = np.bincount(rows, F.data, minlength=len(values))
        found: NDArray[np.float64] = usual + totals / np.maximum(weights, 1e-9)
        return found


@dataclass(frozen=True)
class Release:
    """A release to be made: what is counted, with how much noise.

    Attributes:
        choices: CSR [shoppers, products].
        multiplier: noise multiplier; 0 for none, which is no release but a bound.
        noise: adds the noise.
        public: what the public graph says.
    """

    choices: Csr
    multiplier: float
    noise: Noise
    public: PublicKnowledge

    @cached_property
    def counts(self) -> PrivateCounts:
        """Return the counts of products for the whole budget."""
        return release_counts(self.choices, self.multiplier, self.noise)


Variants = Iterator[tuple[Mapping[str, float], Floats]]


def _plain(release: Release) -> Variants:
    for power in POWERS:
        yield {"power": power}, (release.counts.estimates + 1.0) ** power


def _largest(release: Release) -> Variants:
    for share in _SHARES:
        kept = release.counts.keep_largest(share)
        for power in POWERS:
            yield {"share": share, "power": power}, (kept + 1.0) ** power


def _expect_powers(counts: PrivateCounts, predicted: NDArray[np.float64] | None) -> Variants:
    groups = None if predicted is None else _quantiles(predicted)
    found = estimate_distribution(counts, groups)
    for power in POWERS:
        yield {"power": power}, found.powers(power)


def _posterior(release: Release) -> Variants:
    yield from _expect_powers(release.counts, None)


def _hierarchical(release: Release) -> Variants:
    counts = release.counts
    yield from _expect_powers(counts, release.public.smooth(counts.values / RESOLUTION))


def _prior(release: Release) -> Variants:
    yield from _expect_powers(release.counts, release.public.degrees)


def _both(release: Release) -> Variants:
    counts = release.counts
    smooth = release.public.smooth(counts.values / RESOLUTION)
    ranks = [np.argsort(np.argsort(values)) for values in (smooth, release.public.degrees)]
    yield from _expect_powers(counts, np.add(*ranks).astype(np.float64))


def _category_counts(release: Release) -> Variants:
    """Half of the budget for products, half for what they share."""
    shared = release.public.shared
    half = release.multiplier * np.sqrt(2.0)
    touched = sp.csr_array(release.choices.astype(np.float64) @ shared)
    groups = release_counts(touched, half, release.noise).values / RESOLUTION
    sizes = np.asarray(shared.sum(axis=0)).ravel()
    means = groups / np.maximum(sizes, 1.0)
    numbers = np.maximum(np.diff(shared.indptr), 1)
    predicted = (shared @ means) / numbers
    yield from _expect_powers(release_counts(release.choices, half, release.noise), predicted)


METHODS: Mapping[str, Callable[[Release], Variants]] = {
    "counts": _plain,
    "top-k": _largest,
    "distribution": _posterior,
    "hierarchical": _hierarchical,
    "public prior": _prior,
    "both": _both,
    "category counts": _category_counts,
}
"""Each yields factors for the values of its hyperparameters, which validation chooses from."""


def _quantiles(values: NDArray[np.float64]) -> NDArray[np.int64]:
    places = np.argsort(np.argsort(values, kind="stable"))
    return places * _GROUPS // max(1, len(values))
