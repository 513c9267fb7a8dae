"""What the API serves from a preference model, computed from the model's own output.

The edges, the fading of histories and the rule that only positive scores are recommended are those
of the statement `read_recommendations`, so that a figure measured here is one of served lists, but
for the diversity of lists, which changes their order.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from catalograph.embed.preference import Preferences
from catalograph.embed.recommend.matrices import Csr, Floats, Ints
from catalograph.embed.recommend.recency import Recency

__all__ = ["ServedModel"]


@dataclass(frozen=True)
class ServedModel:
    """The published part of a preference model."""

    weights: Csr
    """Weights of the edges [items, items]: rows are sources, columns targets."""
    recency: Recency
    thin_weights: Csr | None = None
    """The same for thin histories; None where they have none of their own."""
    thin_products: int = 0
    """Maximum number of products in a thin history."""

    @classmethod
    def of(cls, found: Preferences) -> "ServedModel":
        """Take the result of the preference job."""
        edges, n = found.edges, len(found.edges.keys)
        places = (edges.sources, edges.targets)
        weights = sp.csr_array((edges.weights.astype(np.float64), places), shape=(n, n))
        tuned = found.tuned
        recency = Recency(tuned["recency_half_life_days"], tuned["recency_decay_visits"])
        if not tuned["thin_products"]:
            return cls(weights, recency)
        factors = [tuned["thin_factors"].get(name, 1.0) for name in edges.part_names]
        values = edges.parts.astype(np.float64) @ np.array(factors)
        thin = sp.csr_array((values, places), shape=(n, n))
        return cls(weights, recency, thin, tuned["thin_products"])

    def rows(self, train: Csr, times: Ints | None) -> Csr:
        """Return histories as they are scored; without times they do not fade."""
        return train if times is None else self.recency.weigh(train, times)

    def score(self, rows: Csr) -> Floats:
        """Score all items from the result of `rows`; −∞ for an item that is not recommended."""
        scores: Floats = (rows.astype(np.float64) @ self.weights).toarray()
        if self.thin_weights is not None:
            thin = np.flatnonzero(np.diff(rows.indptr) <= self.thin_products)
            scores[thin] = (rows[thin].astype(np.float64) @ self.thin_weights).toarray()
        return np.where(scores > 0, scores, -np.inf)
