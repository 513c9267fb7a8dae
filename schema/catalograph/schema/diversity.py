"""Diversify ranked lists by maximal marginal relevance (MMR)."""

import re
from collections.abc import Iterable, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["POOL", "diversify", "item_features", "jaccard"]

Floats = NDArray[np.float64]
POOL = 3
"""Number of candidate items for each place of a diverse list."""
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Kana, Han and Hangul, which are written without spaces: each character is a word."""
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


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


def item_features(kinds: Iterable[str], title: str | None) -> frozenset[str]:
    """Return what items are compared by: their kinds and the words of their titles.

    Variants of one thing differ in a word or two, so they are more alike than other items of the
    same brand and category.

    Args:
        kinds: keys of brands, categories and values.
        title: title of the item, None without one.
    """
    return frozenset(kinds).union(_WORD.findall((title or "").casefold()))


def jaccard(features: Sequence[Set[Any]]) -> Floats:
    """Return the Jaccard similarity of each pair of items; float [n, n], 0 without any features."""
    numbers: dict[Any, int] = {}
    has = [[numbers.setdefault(name, len(numbers)) for name in own] for own in features]
    held = np.zeros((len(features), len(numbers)))
    for row, own in zip(held, has, strict=True):
        row[own] = 1.0
    shared = held @ held.T
    sizes = shared.diagonal()
    union = sizes[:, None] + sizes[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
