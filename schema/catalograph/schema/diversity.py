"""Lists that say more than one thing: maximal marginal relevance."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["diversify", "jaccard"]

Floats = NDArray[np.float64]


def diversify(scores: Floats, similarity: Floats, diversity: float, first: int) -> list[int]:
    """Choose items one by one, each good and unlike those chosen before.

    The next item is the one with the largest (1 − d)·score − d·(largest similarity to a chosen
    one), scores being set to 0 … 1 (Carbonell and Goldstein 1998, "The Use of MMR").

    Args:
        scores: float [n], best first.
        similarity: float [n, n], 0 to 1.
        diversity: d, 0 for the order as it is, 1 for unlikeness alone.
        first: items to choose.

    Returns:
        Places in `scores` in the order chosen; the best is always the first.
    """
    n = len(scores)
    if not diversity or not n:
        return list(range(min(first, n)))
    span = scores.max() - scores.min()
    worth = (1 - diversity) * (scores - scores.min()) / (span or 1.0)
    likest = np.zeros(n)
    open_, chosen = np.ones(n, dtype=bool), [0]
    while True:
        open_[chosen[-1]] = False
        if len(chosen) >= min(first, n):
            return chosen
        likest = np.maximum(likest, similarity[chosen[-1]])
        marginal = np.where(open_, worth - diversity * likest, -np.inf)
        chosen.append(int(np.argmax(marginal)))


def jaccard(features: Sequence[frozenset[str]]) -> Floats:
    """Share of features that two items have in common; float [n, n], 0 for items without any."""
    n = len(features)
    similarity = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            union = len(features[i] | features[j])
            share = len(features[i] & features[j]) / union if union else 0.0
            similarity[i, j] = similarity[j, i] = share
    return similarity
