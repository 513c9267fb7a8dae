"""How diverse lists are made by default, chosen on validation.

Variants of one product have much the same neighbours, so they come one after another and fill a
list. Diverse lists cost hits where a shopper wants just such a variant. The default is the most
diverse setting whose loss is within one standard error, as in the one-standard-error rule of
Breiman et al. (1984), "Classification and Regression Trees".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catalograph.embed.recommend.data import RecommendData, sample_tested
from catalograph.embed.recommend.ease import ItemScorer
from catalograph.embed.recommend.matrices import row_of_entry
from catalograph.embed.recommend.ranking import errors_of_gain, top_k
from catalograph.errors import EvaluationDataError
from catalograph.ml.metrics import ndcg
from catalograph.schema.diversity import POOL, diversify, jaccard

__all__ = ["DIVERSITIES", "ListDiversity", "choose_diversity"]

DIVERSITIES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Candidate settings."""
_USERS = 1_000
"""Maximum number of users whose lists are measured."""


@dataclass(frozen=True)
class ListDiversity:
    """A diversity, with what it costs on validation."""

    diversity: float
    before: float
    """NDCG of lists in the order of the scores."""
    after: float
    """NDCG of the diverse lists."""


def choose_diversity(
    data: RecommendData,
    scorer: ItemScorer,
    features: Sequence[frozenset[str]],
    *,
    diversities: Sequence[float] = DIVERSITIES,
    k: int = 10,
) -> ListDiversity:
    """Choose the default diversity.

    Args:
        data: histories as they are scored, and items to find.
        scorer: model fitted on these histories.
        features: features of each item, as of `catalograph.schema.diversity.item_features`.
        diversities: candidates, ascending, the first of them 0.
        k: length of the lists; NDCG@k is measured.

    Raises:
        EvaluationDataError: no user has an item to find.
    """
    data = sample_tested(data, _USERS)
    if data.test is None or not data.test.nnz:
        raise EvaluationDataError("There is no test interaction; expected at least one.")
    users = np.flatnonzero(np.diff(data.test.indptr))
    hits = np.zeros((len(diversities), len(users), k), dtype=bool)
    rows = data.train[users]
    scores = scorer.score(rows).astype(np.float64)
    scores[row_of_entry(rows), rows.indices] = -np.inf
    best = top_k(scores, min(POOL * k, data.n_items))
    for place, user in enumerate(users):
        items = best[place][scores[place, best[place]] > 0]  # only those are recommended
        similarity = jaccard([features[item] for item in items])
        wanted = data.test.indices[data.test.indptr[user] : data.test.indptr[user + 1]]
        for n, diversity in enumerate(diversities):
            chosen = diversify(scores[place, items], similarity, diversity, k)
            hits[n, place, : len(chosen)] = np.isin(items[chosen], wanted)
    positives = np.diff(data.test.indptr)[users]
    found = [ndcg(of_one, positives) for of_one in hits]
    highest = max(found, key=lambda gains: float(gains.mean()))
    harmless = [n for n, gains in enumerate(found) if errors_of_gain(gains, highest) >= -1]
    return ListDiversity(
        diversities[harmless[-1]], float(found[0].mean()), float(found[harmless[-1]].mean())
    )
