"""The evaluation protocol: for each user with test items, rank all items except those of train."""

import math
from dataclasses import dataclass

import numpy as np

from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.ease import ItemScorer, UserScorer
from catalograph.embed.recommend.matrices import Bools, Csr, Floats, Ints, row_of_entry
from catalograph.errors import EvaluationDataError
from catalograph.ml.metrics import average_metrics, ndcg

__all__ = ["RankedLists", "errors_of_gain", "measure", "rank_users", "top_k"]

_SCORE_CELLS = 1 << 24
"""Maximum number of scores in memory at a time: 64 MiB in float32."""


@dataclass(frozen=True)
class RankedLists:
    """A model's ranked lists for the users with test items."""

    items: Ints
    """int [users, k], best first."""
    hits: Bools
    """bool [users, k]: whether the item is in the user's test part."""
    positives: Ints
    """int [users]: number of the user's test items, at least 1."""

    @property
    def ndcg(self) -> Floats:
        """Return the NDCG of each user's list, float64 [users]."""
        return ndcg(self.hits, self.positives)

    def metrics(self, *, kgat: bool = False) -> dict[str, float]:
        """Return the mean of each metric over the users, as fractions, by `name@k`."""
        return average_metrics(self.hits, self.positives, kgat=kgat)


def measure(
    scorer: ItemScorer | UserScorer, data: RecommendData, k: int
) -> tuple[dict[str, float], int]:
    """Return a model's metrics on the test part of `data`, and the number of users."""
    ranked = rank_users(scorer, data, k)
    return ranked.metrics(kgat=data.kgat), len(ranked.positives)


def rank_users(scorer: ItemScorer | UserScorer, data: RecommendData, k: int) -> RankedLists:
    """Rank items for every user with test items.

    Args:
        scorer: model that gives the scores.
        data: interactions; train items are left out of the lists, test items are the hits.
        k: length of the lists; places beyond the number of items are never hits.

    Raises:
        EvaluationDataError: no user has a test item.
    """
    if data.test is None or data.test.nnz == 0:
        raise EvaluationDataError("There is no test interaction; expected at least one.")
    users = np.flatnonzero(np.diff(data.test.indptr))
    step = max(1, min(1024, _SCORE_CELLS // data.n_items))
    items = np.full((len(users), k), -1, dtype=np.int64)
    hits = np.zeros((len(users), k), dtype=bool)
    for start in range(0, len(users), step):
        batch = users[start : start + step]
        rows, test = data.train[batch], data.test[batch]
        scores = _score(scorer, rows, batch)  # (batch, items)
        scores[row_of_entry(rows), rows.indices] = -np.inf
        best = top_k(scores, min(k, data.n_items))
        span = slice(start, start + len(batch))
        items[span, : best.shape[1]] = best
        # Items of train may fill the last places of a short list; they are never hits.
        ranked = np.isfinite(np.take_along_axis(scores, best, axis=1))
        hits[span, : best.shape[1]] = _contains(test, best) & ranked
    return RankedLists(items, hits, np.diff(data.test.indptr)[users])


def errors_of_gain(scores: Floats, others: Floats) -> float:
    """Return the mean gain of scores over others of the same users, in its standard errors.

    Args:
        scores: float [users], such as the NDCG of each user's list.
        others: float [users].

    Returns:
        0 without a difference.
    """
    gain = scores - others
    error = float(gain.std()) / math.sqrt(max(1, len(gain)))
    return float(gain.mean()) / error if error else 0.0


def _score(scorer: ItemScorer | UserScorer, rows: Csr, users: Ints) -> Floats:
    return scorer.score_users(users) if isinstance(scorer, UserScorer) else scorer.score(rows)


def _contains(matrix: Csr, columns: Ints) -> Bools:
    """Return, for each of `columns` [rows, k], whether `matrix` has an entry there in its row."""
    n = matrix.shape[1]
    wanted = row_of_entry(matrix) * n + matrix.indices
    asked = np.arange(len(columns))[:, None] * n + columns  # (rows, k)
    return np.isin(asked, wanted)


def top_k(scores: Floats, k: int) -> Ints:
    """Return the k best of each row, best first; ties go to the lowest index.

    Args:
        scores: float [rows, n], without NaN.
        k: length of the result, from 1 to n.

    Returns:
        int [rows, k].
    """
    # With many zeros, smallest first of the negated is ten times faster than largest last.
    negated = -scores
    best = np.argpartition(negated, k - 1, axis=1)[:, :k]
    worst = np.take_along_axis(negated, best[:, k - 1 :], axis=1)  # (rows, 1), the k-th best
    # Which ties with the k-th best a partition keeps is undefined: choose them again.
    kept = (np.take_along_axis(negated, best, axis=1) == worst).sum(axis=1)
    for row in np.flatnonzero((negated == worst).sum(axis=1) > kept):
        better = np.flatnonzero(negated[row] < worst[row])
        equal = np.flatnonzero(negated[row] == worst[row])
        best[row] = np.concatenate([better, equal[: k - len(better)]])
    best.sort(axis=1)
    order = np.argsort(np.take_along_axis(negated, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)
