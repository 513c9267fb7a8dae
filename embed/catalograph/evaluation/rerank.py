"""Evaluation of re-ranking: what less popular and more diverse lists cost, and what they bring.

Popularity correction multiplies the scores of an item with n interacting users by (n + 1)^−β.
Diversity is maximal marginal relevance over the brands and categories of the items, as the API
serves it (`catalograph.schema.diversity`). Beside the ranking metrics stand `diversity@k`, the mean
dissimilarity of two items of a list (one minus the cosine of their facts), `coverage@k`, the share
of the catalogue that is in any list, and `popularity@k`, the mean share of users who interacted
with an item.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.ease import Ease
from catalograph.embed.recommend.kgease import fact_features, fit_kg_ease
from catalograph.embed.recommend.matrices import Csr, Floats, Ints, row_of_entry
from catalograph.embed.recommend.ranking import RankedLists, top_k
from catalograph.embed.recommend.tuned_settings import TunedSettings, find_tuned
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.cold_start import no_events
from catalograph.evaluation.recommendation import BRAND_CATEGORY
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema.diversity import POOL, diversify

__all__ = [
    "DIVERSITIES",
    "POPULARITIES",
    "ListConfig",
    "evaluate_rerank",
    "item_features",
    "make_lists",
]

DIVERSITIES = (0.0, 0.1, 0.3, 0.5)
POPULARITIES = (0.1, 0.25, 0.5)
_BATCH = 512


@dataclass(frozen=True)
class ListConfig:
    """Settings that turn scores into lists."""

    diversity: float = 0.0
    """Diversity, 0 to 1; see `catalograph.schema.diversity`."""
    popularity: float = 0.0
    """β of the popularity correction, 0 for none."""

    @property
    def name(self) -> str:
        """Name of the row in the table."""
        return f"diversity {self.diversity:g}, popularity {self.popularity:g}"


def evaluate_rerank(
    data: RecommendData,
    *,
    k: int = 10,
    users: int = 2_000,
    seed: int = 0,
    tuned: TunedSettings | None = None,
    on_row: Callable[[BenchmarkRow], None] = lambda _: None,
) -> list[BenchmarkRow]:
    """Fit KG-EASE once and make its lists with several settings.

    Args:
        data: interactions with a test part.
        k: length of the lists.
        users: maximum number of users with test items, drawn at random.
        seed: seed of that draw.
        tuned: hyperparameters; by default those stored for this data.
        on_row: callback that receives each row.

    Raises:
        EvaluationDataError: no user has a test item.
    """
    if data.test is None or not data.test.nnz:
        raise EvaluationDataError("There is no test interaction; expected at least one.")
    config = (tuned or find_tuned(data)).kg_ease
    fit = fit_kg_ease(data, config)
    tested = np.flatnonzero(np.diff(data.test.indptr))
    draw = np.random.default_rng(seed).permutation(tested)[:users]
    ways = [ListConfig(diversity=d) for d in DIVERSITIES] + [
        ListConfig(popularity=b) for b in POPULARITIES
    ]
    rows = []
    for way in ways:
        with Profiler() as watch:
            items = make_lists(fit, data, np.sort(draw), k, way)
            metrics = _metrics(items, data, data.test, np.sort(draw))
        told = {"diversity": way.diversity, "popularity": way.popularity, "lambda": config.lambda_}
        rows.append(BenchmarkRow(way.name, metrics, len(draw), told, watch.seconds, watch.peak_mb))
        on_row(rows[-1])
    return rows


def make_lists(fit: Ease, data: RecommendData, users: Ints, k: int, way: ListConfig) -> Ints:
    """Rank items for users, without their training items; int [users, k], best first."""
    counts = np.bincount(data.train.indices, minlength=data.n_items)
    damping = (counts + 1.0) ** -way.popularity
    features = item_features(data)
    pool = min(data.n_items, POOL * k if way.diversity else k)
    lists = []
    for batch in _batches(users):
        rows = sp.csr_array(data.train[batch])
        scores = fit.score(rows) * damping
        scores[row_of_entry(rows), rows.indices] = -np.inf
        best = top_k(scores, pool)
        lists.append(_choose(best, np.take_along_axis(scores, best, axis=1), features, k, way))
    return np.concatenate(lists)


def item_features(data: RecommendData) -> Csr:
    """Return brands and categories, or all facts if there are none; rows of length one or zero."""
    names = [name for name in BRAND_CATEGORY if name in data.relations] or list(data.relations)
    if not names:
        return no_events((data.n_items, 1))
    F = sp.csr_array(sp.hstack([fact_features(data.relations[n]) for n in names], format="csr"))
    lengths = np.sqrt(np.asarray(F.multiply(F).sum(axis=1)).ravel())
    F.data /= np.repeat(lengths, np.diff(F.indptr))
    return F


def _choose(best: Ints, scores: Floats, features: Csr, k: int, way: ListConfig) -> Ints:
    if not way.diversity:
        return best[:, :k]
    picked = []
    for items, worth in zip(best, scores.astype(np.float64), strict=True):
        usable = items[np.isfinite(worth)]
        places = diversify(worth[: len(usable)], _similarity(features, usable), way.diversity, k)
        short = np.full(k - len(places), -1)  # padding of a list that ends early
        picked.append(np.concatenate([usable[places], short]))
    return np.stack(picked)


def _similarity(features: Csr, items: Ints) -> NDArray[np.float64]:
    F = features[items]
    return np.asarray((F @ F.T).toarray(), np.float64)


def _metrics(items: Ints, data: RecommendData, test: Csr, users: Ints) -> dict[str, float]:
    k = items.shape[1]
    wanted = sp.csr_array(test[users])
    held = np.isin(
        np.arange(len(users))[:, None] * data.n_items + items,
        row_of_entry(wanted) * data.n_items + wanted.indices,
    )
    ranked = RankedLists(items, held & (items >= 0), np.diff(wanted.indptr))
    features = item_features(data)
    unlike = [1 - _mean_off_diagonal(_similarity(features, row[row >= 0])) for row in items]
    counts = np.bincount(data.train.indices, minlength=data.n_items)
    shown = items[items >= 0]
    return {
        **ranked.metrics(),
        f"diversity@{k}": float(np.mean(unlike)),
        f"coverage@{k}": len(np.unique(shown)) / data.n_items,
        f"popularity@{k}": float(counts[shown].mean() / data.train.shape[0]),
    }


def _mean_off_diagonal(matrix: Floats) -> float:
    n = len(matrix)
    return float((matrix.sum() - np.trace(matrix)) / (n * (n - 1))) if n > 1 else 0.0


def _batches(users: Ints) -> Iterator[Sequence[int]]:
    for start in range(0, len(users), _BATCH):
        yield users[start : start + _BATCH].tolist()
