"""Metrics of ranked lists, of found sets and of thresholds.

`ndcg`, `ndcg_kgat`, `recall`, `hit_ratio` and `precision` tell of which places of a list were hits.
They take `hits`, bool [users, k]: whether the item at each place, best first, is one to find; and
`positives`, int [users]: how many items there were to find, at least 1. They return float64
[users], fractions between 0 and 1; k is the width of `hits`.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Set
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "average_metrics",
    "find_best_cut",
    "graded_ndcg",
    "hit_ratio",
    "ndcg",
    "ndcg_kgat",
    "precision",
    "recall",
    "score_counts",
    "score_sets",
]

Floats: TypeAlias = NDArray[np.floating[Any]]
Ints: TypeAlias = NDArray[np.integer[Any]]
Bools: TypeAlias = NDArray[np.bool_]


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


_LIST_METRICS: Mapping[str, Callable[[Bools, Ints], Floats]] = {
    "ndcg": ndcg,
    "recall": recall,
    "hit_ratio": hit_ratio,
    "precision": precision,
}


def average_metrics(hits: Bools, positives: Ints, *, kgat: bool = False) -> dict[str, float]:
    """Return the mean of each metric of a list over the users, by `name@k`.

    Args:
        hits: bool [users, k].
        positives: int [users].
        kgat: whether `ndcg_kgat` is given too.
    """
    named = {**_LIST_METRICS, **({"ndcg_kgat": ndcg_kgat} if kgat else {})}
    k = hits.shape[1]
    return {f"{name}@{k}": float(of(hits, positives).mean()) for name, of in named.items()}


def graded_ndcg(rows: Ints, scores: Floats, ratings: Mapping[int, float], k: int = 10) -> float:
    """Return NDCG@k with gain 2^rating - 1 (Burges et al. 2005); what is not judged has rating 0.

    Args:
        rows: int [n]: products that were ranked.
        scores: float [n]: of each; equal ones stay in the order of `rows`.
        ratings: of the judged products, at least one above 0; the ideal list holds the best of
            them, whether ranked or not.
        k: places that count.
    """
    order = rows[np.argsort(-scores, kind="stable")][:k]
    found = np.array([ratings.get(int(row), 0.0) for row in order])
    ideal = np.sort(np.fromiter(ratings.values(), np.float64, len(ratings)))[::-1][:k]
    return _graded_gain(found) / _graded_gain(ideal)


def _graded_gain(ratings: Floats) -> float:
    return float(((2.0**ratings - 1) * _discounts(len(ratings))).sum())


def _discounts(k: int) -> Floats:
    places = np.arange(1, k + 1, dtype=np.float64)
    discounts: Floats = np.reciprocal(np.log2(places + 1.0))
    return discounts


def score_counts(right: int, said: int, asked: int) -> dict[str, float]:
    """Return `f1`, `precision` and `recall`; 0 where nothing is to be divided by.

    Args:
        right: number of answers that are right.
        said: number of answers.
        asked: number of right answers there are.
    """
    return {
        "f1": 2 * right / (asked + said) if asked + said else 0.0,
        "precision": right / said if said else 0.0,
        "recall": right / asked if asked else 0.0,
    }


def score_sets(
    gold: Iterable[Set[Hashable]], found: Iterable[Set[Hashable]], suffix: str = ""
) -> dict[str, float]:
    """Return micro F1, precision and recall of sets, one of each a text; exact match.

    Returns:
        `f1`, `precision` and `recall`, each with the suffix.
    """
    right = asked = said = 0
    for wanted, read in zip(gold, found, strict=True):
        right += len(wanted & read)
        asked += len(wanted)
        said += len(read)
    return {f"{name}{suffix}": value for name, value in score_counts(right, said, asked).items()}


def find_best_cut(scores: Floats, right: Bools, asked: int) -> tuple[float, float, float]:
    """Return where a ranking is to be cut for the highest F1, and that F1.

    Args:
        scores: float [n], n at least 1.
        right: bool [n].
        asked: number of right answers there are, whether among the scored ones or not.

    Returns:
        The lowest score to take, the next lower place's score (the same at the end), and F1.
    """
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + asked)
    best = int(f1.argmax())
    ranked = scores[order]
    return float(ranked[best]), float(ranked[min(best + 1, len(order) - 1)]), float(f1[best])
