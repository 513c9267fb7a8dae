"""Baseline recommenders to compare a learned one with."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.ease import ItemScorer, interaction_gram
from catalograph.embed.recommend.matrices import Csr, Floats, row_of_entry

__all__ = [
    "ItemModel",
    "Mixture",
    "Popularity",
    "fit_gf_cf",
    "fit_item_knn",
    "fit_popularity",
    "fit_rp3beta",
    "strongest_of_rows",
]


@dataclass(frozen=True)
class Popularity:
    """Scores an item by the number of users who interacted with it, the same for all users."""

    counts: Floats
    """float32 [items]."""

    def score(self, rows: Csr) -> Floats:
        """Score all items; float32 [users, items]."""
        return np.tile(self.counts, (rows.shape[0], 1))


@dataclass(frozen=True)
class ItemModel:
    """Scores with a sparse item-item matrix: rows·W."""

    weights: Csr
    """W [items, items]: rows are sources, columns targets."""

    def score(self, rows: Csr) -> Floats:
        """Score all items; float [users, items]."""
        scores: Floats = (rows.astype(self.weights.dtype) @ self.weights).toarray()
        return scores


@dataclass(frozen=True)
class Mixture:
    """A weighted sum of scorers, each first scaled to the same spread for each user."""

    scorers: tuple[tuple[ItemScorer, float], ...]
    """Scorers with their weights."""

    def score(self, rows: Csr) -> Floats:
        """Score all items; float [users, items]."""
        total = np.zeros(rows.shape, dtype=np.float32)
        for scorer, weight in self.scorers:
            scores = scorer.score(rows)
            spread = scores.std(axis=1, keepdims=True)
            total += weight * scores / np.where(spread > 0, spread, 1.0)
        return total


def fit_popularity(train: Csr) -> Popularity:
    """Count the users of each item of `train` [users, items]."""
    counts = np.bincount(train.indices, minlength=train.shape[1])
    return Popularity(counts.astype(np.float32))


def fit_item_knn(train: Csr, neighbours: int = 100) -> ItemModel:
    """Fit item-kNN by cosine: an item's score comes from its nearest items (Sarwar et al. 2001).

    Args:
        train: 0/1 matrix [users, items].
        neighbours: number of nearest items that an item keeps, at least 1.
    """
    similarity = interaction_gram(train).astype(np.float32)
    rows = row_of_entry(similarity)
    lengths = np.sqrt(similarity.diagonal())
    similarity.data /= lengths[rows] * lengths[similarity.indices]
    similarity.data[rows == similarity.indices] = 0.0
    similarity.eliminate_zeros()
    nearest = strongest_of_rows(similarity, neighbours)  # rows are targets
    return ItemModel(sp.csr_array(nearest.T))


def fit_gf_cf(train: Csr) -> ItemModel:
    """Fit GF-CF's linear filter, without its low-pass filter (Shen et al. 2021, arXiv:2108.07567).

    Args:
        train: 0/1 matrix [users, items].
    """
    return _walk(train, 0.5, 0.5)


def fit_rp3beta(train: Csr, beta: float = 0.5) -> ItemModel:
    """Fit RP3beta: a random walk item, user, item, with a popularity penalty (Paudel et al. 2017).

    Args:
        train: 0/1 matrix [users, items].
        beta: exponent of the penalty; the score of a target with d users is divided by d^β.
    """
    return _walk(train, 1.0, beta)


def _walk(train: Csr, source_power: float, target_power: float) -> ItemModel:
    """Return W_ji = (Xᵀ·D_u⁻¹·X)_ji / (d_j^source_power · d_i^target_power), diagonal zero."""
    degrees = np.bincount(train.indices, minlength=train.shape[1]).astype(np.float32)
    walk = interaction_gram(train, user_power=1.0)
    sources, targets = row_of_entry(walk), walk.indices
    walk.data /= degrees[sources] ** source_power * degrees[targets] ** target_power
    walk.data[sources == targets] = 0.0
    walk.eliminate_zeros()
    return ItemModel(walk)


def strongest_of_rows(matrix: Csr, k: int) -> Csr:
    """Keep the k largest entries of each row; ties go to the lowest columns."""
    rows = row_of_entry(matrix)
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    kept = np.sort(order[np.arange(len(order)) - matrix.indptr[rows[order]] < k])
    entries = (matrix.data[kept], (rows[kept], matrix.indices[kept]))
    return sp.csr_array(entries, shape=matrix.shape)
