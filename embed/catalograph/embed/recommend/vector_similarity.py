"""Item-item weights from vectors: the cosines of the nearest items.

As a contender of the served weights, they tell what interactions cannot: about a product that few
shoppers or none have chosen. See `catalograph.schema.model_kinds.CONTENDERS` for the vectors that
may contend.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.recommend.contributions import keep_strongest
from catalograph.embed.recommend.matrices import Csr, Floats
from catalograph.schema import EmbeddingTable

__all__ = ["NEIGHBOURS", "align_vectors", "similar_items"]

NEIGHBOURS = 50
"""Number of nearest items of an item that get a weight; few enough that three times as many of the
200 served edges of a product are left to other parts."""


def align_vectors(table: EmbeddingTable, keys: Sequence[str]) -> NDArray[np.float32]:
    """Return vectors of length one in the order of keys.

    Args:
        table: vectors by key; those of other keys are left out.
        keys: n keys.

    Returns:
        float32 [n, dimension], zero for a key without a usable vector.
    """
    places = {key: n for n, key in enumerate(keys)}
    vectors = np.zeros((len(places), table.dimension), np.float32)
    for row in np.flatnonzero(table.usable).tolist():
        place = places.get(table.keys[row])
        if place is not None:
            vectors[place] = table.vectors[row] / np.linalg.norm(table.vectors[row])
    return vectors


def similar_items(vectors: NDArray[np.float32], k: int = NEIGHBOURS) -> Csr:
    """Return the cosines of the k nearest other items of each item, where they are positive.

    Args:
        vectors: float32 [items, dimension], of length one or zero.
        k: maximum number of entries of a row, at least 1.

    Returns:
        float32 [items, items]; the diagonal is zero, and so is the row of an item without a vector.
    """

    def rows(start: int, stop: int) -> Floats:
        block: Floats = np.maximum(vectors[start:stop] @ vectors.T, 0.0)
        block[np.arange(stop - start), np.arange(start, stop)] = 0.0
        return block

    return keep_strongest(rows, len(vectors), k)
