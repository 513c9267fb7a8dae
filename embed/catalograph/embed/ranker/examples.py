"""Judged queries with their candidates, and the training steps drawn from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from catalograph.embed.ranker.baseline_features import BaselineFeatures, QueryFeatures, candidates
from catalograph.embed.ranker.data import RankingQuery
from catalograph.embed.ranker.settings import RankerSettings
from catalograph.embed.recommend.matrices import Floats, Ints

POOL = 100
"""Number of candidates of a query, retrieved by words and meaning."""


@dataclass(frozen=True)
class QueryExample:
    """A judged query with its features for every product.

    Attributes:
        query: text and ratings.
        asked: features of the query.
        pool: int64 [POOL]: candidates that a search retrieves, best first.
    """

    query: RankingQuery
    asked: QueryFeatures
    pool: Ints

    @property
    def unjudged(self) -> Ints:
        """Return candidates without a judgement, int64."""
        return self.pool[~np.isin(self.pool, self.query.rows)]

    @property
    def good(self) -> Ints:
        """Return products rated above 0, int64."""
        return np.array([row for row, rating in self.query.ratings.items() if rating > 0], np.int64)

    def ratings(self, rows: Ints) -> Floats:
        """Return ratings of products, float64; 0 without a judgement."""
        return np.array([self.query.ratings.get(int(row), 0.0) for row in rows], np.float64)


@dataclass(frozen=True)
class SampledCandidates:
    """Candidates drawn for one query in one step: rows int64 [c], ratings float64 [c]."""

    example: QueryExample
    rows: Ints
    ratings: Floats


def example_of(query: RankingQuery, evidence: BaselineFeatures) -> QueryExample:
    """Find the candidates and features of a query."""
    asked = evidence.ask(query.text)
    return QueryExample(query, asked, candidates(asked.features, POOL))


def steps(
    examples: Sequence[QueryExample], settings: RankerSettings, epoch: int
) -> Iterator[list[SampledCandidates]]:
    """Draw one epoch: every query once, `settings.queries` per step.

    The draw depends only on the seed and the epoch, so a resumed training draws the same as an
    uninterrupted one.
    """
    rng = np.random.default_rng([settings.seed, epoch])
    order = rng.permutation(len(examples))
    for start in range(0, len(order), settings.queries):
        together = [examples[n] for n in order[start : start + settings.queries]]
        yield [draw(example, examples, settings, rng) for example in together]


def draw(
    example: QueryExample,
    examples: Sequence[QueryExample],
    settings: RankerSettings,
    rng: np.random.Generator,
) -> SampledCandidates:
    """Draw judged candidates, up to half of them good; unjudged ones; others' good ones."""
    judged = example.query.rows
    good = example.good
    bad = np.setdiff1d(judged, good)
    room = settings.candidates - settings.negatives - settings.others
    n_good = min(len(good), max(room // 2, room - len(bad)))
    foreign = [other.good for other in examples if other is not example]
    known = np.union1d(judged, example.pool)
    elsewhere = np.setdiff1d(np.concatenate([np.empty(0, np.int64), *foreign]), known)
    rows = np.concatenate(
        [
            _some(good, n_good, rng),
            _some(bad, room - n_good, rng),
            _some(example.unjudged, settings.negatives, rng),
            _some(elsewhere, settings.others, rng),
        ]
    )
    return SampledCandidates(example, rows, example.ratings(rows))


def _some(rows: Ints, count: int, rng: np.random.Generator) -> Ints:
    return rng.choice(rows, min(count, len(rows)), replace=False)
