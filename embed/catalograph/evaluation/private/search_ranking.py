"""What privacy costs the second stage of the search, with simulated shoppers of judged queries.

Half of the queries are sent by shoppers, who see judged products in the order of words and meaning,
look at place k with probability 1/k and click by rating. Models learn from these clicks and rank
the judged products of the other half. Nothing is known of real shoppers' noise, so the figures
compare the rows with each other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.ranker.data import Judgements, Products, read_judgements, read_products
from catalograph.embed.ranker.lexical import Bm25
from catalograph.embed.search_ranking.fit import first_stage, fit_linear
from catalograph.embed.search_ranking.lists import SearchedQuery, ShownList, stack
from catalograph.embed.search_ranking.private_fit import fit_private
from catalograph.embed.search_ranking.propensity import estimate_propensities
from catalograph.errors import ConfigError, EvaluationDataError
from catalograph.ml.metrics import graded_ndcg
from catalograph.ml.privacy.accounting import choose_noise_multiplier
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.ml.search_ranking.click_rates import NO_CLICKS
from catalograph.ml.search_ranking.models import FeatureModel
from catalograph.schema import TextEncoder
from catalograph.schema.ranking import SearchCandidate

__all__ = ["SimulationOptions", "evaluate_private_ranker"]

_CLICKS = np.array([0.02, 0.1, 0.4, 0.8])
"""Probability that a shopper who looks at a product clicks it, by rating."""
_SHOWN = 10
_DAMPING = 61
"""Of the share of words in the score, as in `search_products`."""
_NO_NOISE = 1e-6
_FEWEST = 4

Floats = NDArray[np.float64]
Model = Callable[[Sequence[Sequence[ShownList]], int], FeatureModel]


@dataclass(frozen=True)
class SimulationOptions:
    """What to measure.

    Attributes:
        epsilons: ε of the private rows.
        delta: δ.
        shoppers: numbers of shoppers.
        seeds: number of seeds of shoppers and noise.
        validation: whether to learn and measure on the first half of the queries alone, for the
            choice of settings.
    """

    epsilons: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    delta: float = 1e-6
    shoppers: tuple[int, ...] = (500, 2_000, 10_000)
    seeds: int = 5
    validation: bool = False

    def __post_init__(self) -> None:
        if not self.shoppers or min(self.shoppers) < 1 or self.seeds < 1:
            raise ConfigError("There is nothing to simulate; expected shoppers and seeds.")


@dataclass(frozen=True)
class _Query:
    """A query with its judged products in the order of the first stage; ratings are 0 to 3."""

    text: str
    searched: SearchedQuery
    ratings: NDArray[np.int64]


def evaluate_private_ranker(
    catalog: Path,
    qrels: Path,
    encoder: TextEncoder,
    options: SimulationOptions | None = None,
    *,
    on_row: Callable[[BenchmarkRow], None] = lambda row: None,
) -> list[BenchmarkRow]:
    """Measure NDCG@10 of judged products for each number of shoppers and each ε.

    Args:
        catalog: product file, see `ranker.data.read_products`.
        qrels: judgement file, see `ranker.data.read_judgements`.
        encoder: encoder of queries and products.
        options: what to measure.
        on_row: callback that receives each row.

    Returns:
        Rows of the first stage; of the usual weighted sum, without and with the features that
        private training leaves out; of DP-SGD without noise, and for each ε. `low` and `high`
        bound the seeds.

    Raises:
        EvaluationDataError: a file cannot be used, or judges too few queries.
        MissingExtraError: opacus is not installed.
    """
    options = options or SimulationOptions()
    products = read_products(catalog)
    queries = _read_queries(products, read_judgements(qrels, products.index), encoder)
    half = len(queries) // 2
    asked, measured = queries[:half], queries[half:]
    if options.validation:
        asked, measured = asked[: half // 2], asked[half // 2 :]
    if len(asked) < _FEWEST:
        raise EvaluationDataError(f"'{qrels}' has too few judged queries to learn from half.")
    rows = []
    for shoppers in options.shoppers:
        for name, model in _models(options).items():
            row = _measure(f"{shoppers:,} shoppers: {name}", model, asked, measured, options,
                           shoppers)  # fmt: skip
            rows.append(row)
            on_row(row)
    return rows


def _models(options: SimulationOptions) -> Mapping[str, Model]:
    def private(multiplier: float) -> Model:
        return lambda shoppers, seed: fit_private(shoppers, multiplier, seed=seed)

    found: dict[str, Model] = {
        "first stage": lambda shoppers, seed: first_stage(),
        "no privacy": lambda shoppers, seed: _fit_usual(shoppers),
        "without noise": private(_NO_NOISE),
    }
    for epsilon in options.epsilons:
        found[f"ε {epsilon:g}"] = private(choose_noise_multiplier(epsilon, options.delta))
    return found


def _measure(
    name: str,
    model: Model,
    asked: Sequence[_Query],
    measured: Sequence[_Query],
    options: SimulationOptions,
    shoppers: int,
) -> BenchmarkRow:
    with Profiler() as watch:
        found = [
            _mean_ndcg(model(_simulate(asked, shoppers, seed), seed), measured)
            for seed in range(options.seeds)
        ]
    metrics = {"ndcg@10": float(np.mean(found)), "low": min(found), "high": max(found)}
    return BenchmarkRow(name, metrics, len(measured), {}, watch.seconds, watch.peak_mb)


def _mean_ndcg(model: FeatureModel, queries: Sequence[_Query]) -> float:
    return float(
        np.mean(
            [
                graded_ndcg(
                    np.arange(len(one.ratings)),
                    model.score(one.searched.base),
                    dict(enumerate(one.ratings.tolist())),
                )
                for one in queries
                if one.ratings.any()
            ]
        )
    )


def _fit_usual(shoppers: Sequence[Sequence[ShownList]]) -> FeatureModel:
    lists = [one for own in shoppers for one in own]
    examined = estimate_propensities(lists)
    return fit_linear(stack(lists, [one.features(NO_CLICKS) for one in lists], examined))


def _simulate(queries: Sequence[_Query], shoppers: int, seed: int) -> list[list[ShownList]]:
    """Return the lists with a click, by shopper; each sends one to four queries."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(shoppers):
        own = []
        for _ in range(int(draw.integers(1, 5))):
            query = queries[int(draw.integers(len(queries)))]
            rows = np.sort(draw.permutation(len(query.ratings))[:_SHOWN])
            looks = draw.random(len(rows)) < 1 / (np.arange(len(rows)) + 1)
            clicks = looks & (draw.random(len(rows)) < _CLICKS[query.ratings[rows]])
            keys = [query.searched.candidates[n].key for n in rows.tolist()]
            gains = {key: 1.0 for key, hit in zip(keys, clicks.tolist(), strict=True) if hit}
            if gains:
                own.append(query.searched.list_products(query.text, keys, range(len(keys)), gains))
        found.append(own)
    return found


def _read_queries(products: Products, judgements: Judgements, encoder: TextEncoder) -> list[_Query]:
    """Return the judged queries with what the first stage knows of their products."""
    bm25 = Bm25(products.texts)
    facts = _names_of_facts(products)
    rows = sorted({int(row) for query in judgements.queries for row in query.rows})
    vectors = dict(zip(rows, encoder.encode_documents([products.texts[n] for n in rows]),
                       strict=True))  # fmt: skip
    asked = encoder.encode_queries([query.text for query in judgements.queries])
    found = []
    for query, vector in zip(judgements.queries, asked, strict=True):
        judged = query.rows
        words = np.asarray(bm25.scores(query.text)[judged], np.float64)
        meaning = np.array([vectors[int(n)] @ vector for n in judged])
        by_words = _DAMPING / (_DAMPING + _ranks(words))
        scores = (by_words + meaning) / 2
        order = np.argsort(-scores, kind="stable")
        candidates = [
            _candidate(products, int(judged[n]), facts, float(scores[n]), float(by_words[n]),
                       float(words[n] / max(1e-9, words.max())), float(meaning[n]))
            for n in order
        ]  # fmt: skip
        ratings = np.array([query.ratings[int(n)] for n in judged[order]])
        ratings = np.rint(ratings).astype(np.int64).clip(0, len(_CLICKS) - 1)
        searched = SearchedQuery.of(query.text, None, candidates)
        found.append(_Query(query.text, searched, ratings))
    return found


def _candidate(
    products: Products,
    row: int,
    facts: Mapping[int, Sequence[tuple[str, str]]],
    score: float,
    words: float,
    bm25: float,
    meaning: float,
) -> SearchCandidate:
    own = facts.get(row, ())
    return SearchCandidate(
        key=products.keys[row],
        score=score,
        words=words,
        bm25=bm25,
        meaning=meaning,
        title=products.texts[row].partition("\n")[0],
        brands=tuple(value for name, value in own if name == "brand"),
        values=tuple(f"{name} {value}" for name, value in own if name not in ("brand", "has")),
    )


def _names_of_facts(products: Products) -> dict[int, list[tuple[str, str]]]:
    matrix: Any = products.facts.tocsr()
    starts = matrix.indptr.tolist()
    return {
        n: [products.fact_names[c] for c in matrix.indices[starts[n] : starts[n + 1]].tolist()]
        for n in range(matrix.shape[0])
    }


def _ranks(scores: Floats) -> Floats:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks
