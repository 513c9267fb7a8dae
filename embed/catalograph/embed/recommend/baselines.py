"""Recommenders that a learned one has to beat."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.ease import interaction_gram
from catalograph.embed.recommend.matrices import Csr, Floats, row_of_entry

__all__ = ["ItemModel", "Popularity", "fit_item_knn", "fit_popularity", "strongest_of_rows"]


@dataclass(frozen=True)
class Popularity:
    """Scores an item by how many users interacted with it, the same for everyone."""

    counts: Floats
    """float32 [items]."""

    def score(self, rows: Csr) -> Floats:
        """Score all items; float32 [users, items]."""
        return np.tile(self.counts, (rows.shape[0], 1))


@dataclass(frozen=True)
class ItemModel:
    """Scores with few item-item weights: rows·W."""

    weights: Csr
    """W [items, items]: rows are sources, columns targets."""

    def score(self, rows: Csr) -> Floats:
        """Score all items; float [users, items]."""
        scores: Floats = (rows.astype(self.weights.dtype) @ self.weights).toarray()
        return scores


def fit_popularity(train: Csr) -> Popularity:
    """Count the users of each item of `train` [users, items]."""
    counts = np.bincount(train.indices, minlength=train.shape[1])
    return Popularity(counts.astype(np.float32))


def fit_item_knn(train: Csr, neighbours: int = 100) -> ItemModel:
    """Fit item-kNN by cosine: each item is scored by its nearest items (Sarwar et al. 2001).

    Args:
        train: 0/1 matrix [users, items].
        neighbours: how many nearest items an item keeps, at least 1.
    """
    similarity = interaction_gram(train).astype(np.float32)
    rows = row_of_entry(similarity)
    lengths = np.sqrt(similarity.diagonal())
    similarity.data /= lengths[rows] * lengths[similarity.indices]
    similarity.data[rows == similarity.indices] = 0.0
    similarity.eliminate_zeros()
    nearest = strongest_of_rows(similarity, neighbours)  # rows are targets
    return ItemModel(sp.csr_array(nearest.T))


def strongest_of_rows(matrix: Csr, k: int) -> Csr:
    """Keep the k largest entries of each row; of equal ones those of the lowest columns."""
    rows = row_of_entry(matrix)
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    kept = np.sort(order[np.arange(len(order)) - matrix.indptr[rows[order]] < k])
    entries = (matrix.data[kept], (rows[kept], matrix.indices[kept]))
    return sp.csr_array(entries, shape=matrix.shape)
