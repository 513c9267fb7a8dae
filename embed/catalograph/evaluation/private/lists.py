"""Lists by a public graph, which can be ranked again with other factors without another fit."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.ease import ItemScorer
from catalograph.embed.recommend.matrices import Bools, Csr, Floats, Ints, row_of_entry
from catalograph.embed.recommend.ranking import RankedLists, top_k

__all__ = ["Candidates"]

CANDIDATES = 2_000
"""Number of products, those that the public graph scores highest, that a list is chosen from."""
_BLOCK = 1_024


@dataclass(frozen=True)
class Candidates:
    """What lists are chosen from, for the users with test items."""

    items: Ints
    """int32 [users, n]."""
    scores: Floats
    """float32 [users, n]: scores by the public graph; −∞ for products of the history."""
    wanted: Bools
    """bool [users, n]: whether the item is in the user's test part."""
    positives: Ints
    """int [users]: number of the user's test items."""

    @classmethod
    def of(
        cls, model: ItemScorer, data: RecommendData, source_factors: Floats | None = None
    ) -> "Candidates":
        """Score all products for the users with test items, and keep the best.

        Args:
            model: model of the public graph.
            data: histories (train) and what is to be found (test).
            source_factors: float [items]; weight of each product in a history; None for 1.
        """
        test = data.test
        if test is None:
            raise ValueError("Candidates need a test part.")
        users = np.flatnonzero(np.diff(test.indptr))
        n = min(CANDIDATES, data.n_items)
        items = np.empty((len(users), n), np.int32)
        scores = np.empty((len(users), n), np.float32)
        wanted = np.empty((len(users), n), bool)
        for start in range(0, len(users), _BLOCK):
            batch = users[start : start + _BLOCK]
            span = slice(start, start + len(batch))
            rows = _weigh(data.train[batch], source_factors)
            found = model.score(rows)
            found[row_of_entry(rows), rows.indices] = -np.inf
            best = np.argpartition(-found, n - 1, axis=1)[:, :n]
            items[span] = best
            scores[span] = np.take_along_axis(found, best, axis=1)
            hits = np.zeros(found.shape, bool)
            held_out = test[batch]
            hits[row_of_entry(held_out), held_out.indices] = True
            wanted[span] = np.take_along_axis(hits, best, axis=1)
        return cls(items, scores, wanted, np.diff(test.indptr)[users])

    def rank(self, factors: Floats | None, k: int) -> RankedLists:
        """Return the lists with the scores of each product multiplied by a factor.

        Args:
            factors: float [items], above 0; None for 1.
            k: length of the lists.
        """
        scores = self.scores
        if factors is not None:
            # A factor of a product that nobody wants must not raise what is below 0.
            scores = np.where(scores > 0, scores * factors.astype(np.float32)[self.items], scores)
        best = top_k(scores, min(k, scores.shape[1]))
        finite = np.isfinite(np.take_along_axis(scores, best, axis=1))
        hits = np.take_along_axis(self.wanted, best, axis=1) & finite
        return RankedLists(np.take_along_axis(self.items, best, axis=1), hits, self.positives)


def _weigh(rows: Csr, factors: Floats | None) -> Csr:
    if factors is None:
        return rows
    weighed = (factors[rows.indices].astype(np.float32), rows.indices, rows.indptr)
    return sp.csr_array(weighed, shape=rows.shape)
