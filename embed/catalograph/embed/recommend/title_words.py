"""Words of titles as facts of products: what a catalogue says in its own words, of no shopper."""

from collections.abc import Sequence

import numpy as np

from catalograph.embed.recommend.data import RelationFacts
from catalograph.embed.recommend.matrices import incidence
from catalograph.schema.diversity import item_features

__all__ = ["title_words"]

_LARGEST_SHARE = 0.12
"""Share of the products above which a word says nothing of any one of them."""
_FEWEST = 50
"""Number of products in which a word may occur, however few products there are."""


def title_words(titles: Sequence[str]) -> tuple[RelationFacts, tuple[str, ...]]:
    """Return the words that some titles share, each as a tail, and the words.

    Args:
        titles: title of each item, "" without one. A Han character is a word.
    """
    words: dict[str, list[int]] = {}
    for item, title in enumerate(titles):
        for word in item_features((), title):
            words.setdefault(word, []).append(item)
    largest = max(_FEWEST, round(_LARGEST_SHARE * len(titles)))
    kept = tuple(sorted(word for word, items in words.items() if 2 <= len(items) <= largest))
    rows = [np.array(words[word], np.int64) for word in kept]
    columns = np.repeat(np.arange(len(kept)), [len(items) for items in rows])
    heads = np.concatenate([np.empty(0, np.int64), *rows])
    return RelationFacts(incidence(heads, columns, (len(titles), len(kept)))), kept
