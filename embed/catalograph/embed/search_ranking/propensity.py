"""Propensity of a place: how likely a shopper looks at it, estimated from clicks.

The position-based model says that a shopper clicks what is looked at and relevant, with
probability θ_k · γ(x) at place k (Craswell et al., WSDM 2008). The relevance γ is a regression on
features, so products with equal features at different places tell the places apart, without
experiments (Wang et al., WSDM 2018, "Position bias estimation for unbiased learning to rank in
personal search"). Where they use EM, the likelihood is maximised directly here, which converges in
fewer steps.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize

from catalograph.embed.search_ranking.lists import ShownList
from catalograph.embed.search_ranking.shown_counts import FurtherSearches, ShownCounts

Floats = NDArray[np.float64]

SMALLEST = 0.05
"""Smallest propensity, so that no response counts more than twenty times (clipping, Strehl et al.,
NIPS 2010)."""
_RIDGE = 1.0
_STEPS = 300
_TINY = 1e-9


def estimate_propensities(
    lists: Sequence[ShownList], further: FurtherSearches | None = None
) -> Floats:
    """Return the propensity of each place relative to the first, float64 [places], not increasing.

    Lists whose places are presumed tell nothing and are left out. Without lists all are 1.

    Args:
        lists: lists of the graph's log.
        further: lists that are not in the graph; None without.
    """
    counts = ShownCounts.of(lists)
    base = {
        (one.query, key): row for one in lists for key, row in zip(one.keys, one.base, strict=True)
    }
    if further is not None:
        counts, base = counts + further.counts, {**further.base, **base}
    counts = counts.with_known_places()
    if not counts.clicked.any():
        return np.ones(1)
    return fit_position_model(
        counts.places,
        counts.shown.astype(np.float64),
        counts.clicked.astype(np.float64),
        np.stack([base[pair] for pair in counts.pairs]),
    )


def fit_position_model(
    places: NDArray[np.int64], shown: Floats, clicked: Floats, features: Floats
) -> Floats:
    """Return the propensities from counts of products at places.

    Args:
        places: int64 [n], place of each.
        shown: float64 [n], how often it was shown there.
        clicked: float64 [n], how often it was clicked there.
        features: float64 [n, f], its features, which tell its relevance.
    """
    X = _standardise(features)
    last = int(places.max())
    at = np.bincount(places, shown)
    used = np.flatnonzero(at)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        looks, w = _sigmoid(parameters[: last + 1]), parameters[last + 1 :]
        seen, relevant = looks[places], _sigmoid(X @ w)
        click = np.clip(seen * relevant, _TINY, 1 - _TINY)
        value = -(clicked @ np.log(click) + (shown - clicked) @ np.log(1 - click))
        # Of -log likelihood by log(click); the rest is the chain rule.
        slope = -(clicked - (shown - clicked) * click / (1 - click))
        by_place = np.bincount(places, slope * (1 - seen), minlength=last + 1)
        by_weight = X.T @ (slope * (1 - relevant)) + _RIDGE * w
        by_weight[0] -= _RIDGE * w[0]  # the intercept is free
        off = parameters[: last + 1] - 1.0
        value += _RIDGE * float(w[1:] @ w[1:]) / 2 + float(off @ off) / 2
        return float(value), np.concatenate([by_place + off, by_weight])

    start = np.concatenate([np.ones(last + 1), np.zeros(X.shape[1])])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    looks = _sigmoid(found.x[: last + 1])
    falling = isotonic_regression(looks[used], weights=at[used], increasing=False).x
    whole = np.interp(np.arange(last + 1), used, falling)
    result: Floats = np.clip(whole / whole[0], SMALLEST, 1.0)
    return result


def _standardise(features: Floats) -> Floats:
    """Return a column of ones, and the columns that differ with mean 0 and deviation 1."""
    spread = features.std(axis=0)
    kept = spread > _TINY
    scaled = (features[:, kept] - features[:, kept].mean(axis=0)) / spread[kept]
    return np.concatenate([np.ones((len(features), 1)), scaled], axis=1)


def _sigmoid(z: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
    return result
