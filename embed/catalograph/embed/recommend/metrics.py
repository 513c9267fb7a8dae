"""Ranking metrics at k, from which places of a list were hits.

All take `hits`, bool [users, k]: whether the item at each place, best first, is one to find; and
`positives`, int [users]: how many items there were to find, at least 1. All return float64
[users], fractions between 0 and 1; k is the width of `hits`.
"""

from collections.abc import Callable, Mapping

import numpy as np

from catalograph.embed.recommend.matrices import Bools, Floats, Ints

__all__ = ["METRICS", "hit_ratio", "ndcg", "ndcg_kgat", "precision", "recall"]


def ndcg(hits: Bools, positives: Ints) -> Floats:
    """Normalised discounted cumulative gain with the standard ideal.

    DCG = Σ_places hit / log2(place + 1), over the DCG of a list that starts with
    min(positives, k) hits (Järvelin and Kekäläinen 2002).
    """
    discounts = _discounts(hits.shape[1])
    ideal = np.cumsum(discounts)[np.minimum(positives, hits.shape[1]) - 1]
    gain: Floats = hits @ discounts / ideal
    return gain


def ndcg_kgat(hits: Bools, positives: Ints) -> Floats:
    """NDCG as KGAT's code computes it: the ideal is the list's own hits, moved to the front.

    A list with one hit at the first place scores 1 however much it missed, so it is larger than
    `ndcg` and must not be set beside it (Wang et al. 2019, arXiv:1905.07854, metrics.py).
    """
    del positives  # what was not found does not count here
    discounts = _discounts(hits.shape[1])
    found = hits.sum(axis=1)
    ideal = np.concatenate([[1.0], np.cumsum(discounts)])[found]  # 1 where nothing was found
    gain: Floats = hits @ discounts / ideal
    return gain


def recall(hits: Bools, positives: Ints) -> Floats:
    """Share of the items to find that were found."""
    share: Floats = hits.sum(axis=1) / positives
    return share


def hit_ratio(hits: Bools, positives: Ints) -> Floats:
    """Whether anything was found."""
    del positives
    found: Floats = np.asarray(hits.any(axis=1), dtype=np.float64)
    return found


def precision(hits: Bools, positives: Ints) -> Floats:
    """Share of the list's places that are hits."""
    del positives
    share: Floats = hits.sum(axis=1) / hits.shape[1]
    return share


def _discounts(k: int) -> Floats:
    places = np.arange(1, k + 1, dtype=np.float64)
    discounts: Floats = np.reciprocal(np.log2(places + 1.0))
    return discounts


METRICS: Mapping[str, Callable[[Bools, Ints], Floats]] = {
    "ndcg": ndcg,
    "recall": recall,
    "hit_ratio": hit_ratio,
    "precision": precision,
}
"""The metrics given for any data, by name."""
