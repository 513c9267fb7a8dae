"""Diversify ranked lists by maximal marginal relevance (MMR)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["diversify", "jaccard"]

Floats = NDArray[np.float64]


def diversify(scores: Floats, similarity: Floats, diversity: float, first: int) -> list[int]:
    """Choose items one by one, each with a high score and unlike the items already chosen.

    The next item has the largest (1 − d)·score − d·(largest similarity to a chosen item), with
    scores scaled to 0 … 1 (Carbonell and Goldstein 1998, "The Use of MMR").

    Args:
        scores: float [n], best first.
        similarity: float [n, n], 0 to 1.
        diversity: d, from 0 (keep the order) to 1 (dissimilarity alone).
        first: number of items to choose.

    Returns:
        Indices into `scores` in the order chosen; the best item is always first.
    """
    n = len(scores)
    if not diversity or not n:
        return list(range(min(first, n)))
    span = scores.max() - scores.min()
    # All scores may be equal: then the span is 0.
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
    """Return the Jaccard similarity of each pair of items; float [n, n], 0 without any features."""
    n = len(features)
    similarity = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            union = len(features[i] | features[j])
            share = len(features[i] & features[j]) / union if union else 0.0
            similarity[i, j] = similarity[j, i] = share
    return similarity
