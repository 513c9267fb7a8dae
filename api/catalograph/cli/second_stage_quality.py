"""Quality of the second stage on judged queries, by cross-validation over the queries.

Judgements take the place of clicks: a rating is the gain, every product was looked at, and there
are no click rates. The candidates and the code that scores them are those of the server.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.ranker.data import RankingQuery, folds_of
from catalograph.embed.search_ranking.fit import fit_models
from catalograph.embed.search_ranking.lists import SearchedQuery, ShownList, StackedLists, stack
from catalograph.ml.metrics import graded_ndcg
from catalograph.ml.search_ranking.artefact import SearchRanker
from catalograph.ml.search_ranking.click_rates import NO_CLICKS
from catalograph.schema.ranking import WINDOW, SearchCandidate
from catalograph.store import Connection
from catalograph.store.queries.search import escape_words
from catalograph.store.queries.search_candidates import read_candidates

FOLDS = 5
MODELS = ("linear", "trees")


@dataclass
class SecondStageMeasures:
    """Measures of one model, one number for each query.

    Attributes:
        all: NDCG@10 over the whole catalogue, with unjudged products as useless.
        judged: NDCG@10 over the judged products of the query.
        milliseconds: time to score the candidates of the query.
    """

    all: list[float] = field(default_factory=list)
    judged: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class _Judged:
    """A query with its candidates, and its judged products as if they were the only ones."""

    query: RankingQuery
    vector: list[float]
    window: Sequence[SearchCandidate]
    among: Sequence[SearchCandidate]


def measure_second_stage(
    connection: Connection,
    keys: Sequence[str],
    queries: Sequence[RankingQuery],
    vectors: NDArray[np.float32],
    seed: int,
) -> dict[str, SecondStageMeasures]:
    """Fit each model on the queries of the other folds and measure it on those of a fold.

    Args:
        connection: connection to the graph.
        keys: keys of the products, by the rows of the judgements.
        queries: judged queries.
        vectors: float32 [queries, d], vectors of the queries.
        seed: seed of the folds and of the models.

    Returns:
        The measures of each model, in the order of the queries.

    Raises:
        EvaluationDataError: there are fewer queries than folds.
    """
    judged = [
        _read(connection, keys, query, vector)
        for query, vector in zip(queries, vectors.tolist(), strict=True)
    ]
    places = {key: n for n, key in enumerate(keys)}
    found: dict[tuple[str, int], tuple[float, float, float]] = {}
    for fold in folds_of(len(judged), FOLDS, seed):
        own = set(fold.tolist())
        learned = _stack_lists([one for n, one in enumerate(judged) if n not in own], places)
        for name, model in fit_models(learned, MODELS, seed).items():
            ranker = SearchRanker(name, name, model, NO_CLICKS)
            for n in own:
                found[name, n] = _measure(ranker, judged[n], places)
    measures = {name: SecondStageMeasures() for name, _ in found}
    for name, n in sorted(found):
        every, alone, milliseconds = found[name, n]
        measures[name].all.append(every)
        measures[name].judged.append(alone)
        measures[name].milliseconds.append(milliseconds)
    return measures


def _read(
    connection: Connection, keys: Sequence[str], query: RankingQuery, vector: list[float]
) -> _Judged:
    text = escape_words(query.text)
    among = [keys[row] for row in query.rows]
    window = read_candidates(connection, text=text, vector=vector, limit=WINDOW)
    alone = read_candidates(
        connection, text=text, vector=vector, limit=len(among), among=among, pool=len(keys)
    )
    return _Judged(query, vector, window.candidates, alone.candidates)


def _stack_lists(judged: Sequence[_Judged], places: dict[str, int]) -> StackedLists:
    lists = [_list_window(one, places) for one in judged]
    return stack(lists, [one.features(NO_CLICKS) for one in lists], np.ones(1))


def _list_window(judged: _Judged, places: dict[str, int]) -> ShownList:
    text, found = judged.query.text, judged.window
    items = [one.key for one in found]
    gains = {key: judged.query.ratings.get(places[key], 0.0) for key in items}
    searched = SearchedQuery.of(text, judged.vector, found)
    return searched.list_products(text, items, range(len(items)), gains)


def _measure(
    ranker: SearchRanker, judged: _Judged, places: dict[str, int]
) -> tuple[float, float, float]:
    """Return NDCG over the catalogue, NDCG over the judged products, and milliseconds."""
    query = judged.query
    begun = time.perf_counter()
    scores = ranker.score(query.text, judged.vector, judged.window)
    milliseconds = 1000 * (time.perf_counter() - begun)
    rows = np.array([places[one.key] for one in judged.window], np.int64)
    every = graded_ndcg(rows, scores, query.ratings)
    alone = ranker.score(query.text, judged.vector, judged.among)
    known = {places[one.key]: score for one, score in zip(judged.among, alone, strict=True)}
    # A judged product that the search does not find ranks below all found ones.
    worst = min(known.values(), default=0.0) - 1
    ranked = np.array([known.get(int(row), worst) for row in query.rows])
    return every, graded_ndcg(query.rows, ranked, query.ratings), milliseconds
