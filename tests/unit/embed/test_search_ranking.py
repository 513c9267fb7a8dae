"""Training of the second stage on simulated searches with a planted bias and preference."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.embed.search_ranking.fit import (
    compare,
    first_stage,
    fit_linear,
    fit_trees,
    list_ndcg,
    mean_ndcg,
)
from catalograph.embed.search_ranking.lists import (
    SearchedQuery,
    ShownList,
    StackedLists,
    make_shown_lists,
    search_queries,
    stack,
)
from catalograph.embed.search_ranking.propensity import estimate_propensities
from catalograph.embed.search_ranking.training import RankerConfig, train_search_ranker
from catalograph.ml.search_ranking.click_rates import NO_CLICKS
from catalograph.ml.search_ranking.features import FEATURES
from catalograph.schema.ranking import SearchCandidate
from catalograph.store import LoggedSearch

SHOWN = 10
LOOKED = 1 / np.arange(1, SHOWN + 1)
"""Planted probability of looking at each place."""


def goods(query: int, draw: np.random.Generator) -> list[SearchCandidate]:
    """Twenty candidates of a query; the first stage cannot tell who is of the liked brand."""
    found = []
    for n in range(20):
        score = 1 - n / 40
        found.append(
            SearchCandidate(
                key=f"product:s:{query}-{n:02}",
                score=score,
                words=score,
                bm25=score,
                meaning=None,
                title=f"thing {query}",
                brands=("Liked",) if draw.random() < 0.3 else ("Other",),
                price=float(draw.integers(10, 100)),
                popularity=float(draw.integers(0, 100)),
            )
        )
    return found


def simulate(
    *, searches: int, queries: int, seed: int = 0, shuffled: bool = True, biased: bool = True
) -> list[ShownList]:
    """Return logged lists: a shopper clicks what is looked at, by price, words and brand."""
    draw = np.random.default_rng(seed)
    candidates = {n: goods(n, draw) for n in range(queries)}
    searched = {n: SearchedQuery.of(f"thing {n}", None, own) for n, own in candidates.items()}
    lists = []
    for _ in range(searches):
        n = int(draw.integers(queries))
        order = np.arange(20)[:SHOWN]
        if shuffled:  # versions, filters and pages show the same products at other places
            order = draw.permutation(20)[:SHOWN]
        items = [candidates[n][i] for i in order]
        liked = np.array([0.6 if own.brands == ("Liked",) else 0.15 for own in items])
        chance = liked * (LOOKED if biased else 1.0)
        clicked = draw.random(SHOWN) < chance
        gains = {own.key: 1.0 for own, hit in zip(items, clicked, strict=True) if hit}
        keys = [own.key for own in items]
        lists.append(searched[n].list_products(f"thing {n}", keys, range(SHOWN), gains))
    return lists


def stack_plainly(lists: list[ShownList], examined: NDArray[np.float64]) -> StackedLists:
    return stack(lists, [one.features(NO_CLICKS) for one in lists], examined)


def test_a_planted_position_bias_is_recovered() -> None:
    found = estimate_propensities(simulate(searches=6_000, queries=30))
    assert len(found) == SHOWN
    assert np.abs(found - LOOKED).max() < 0.05


def test_without_a_bias_all_places_are_alike() -> None:
    found = estimate_propensities(simulate(searches=6_000, queries=30, biased=False))
    assert found.min() > 0.9


def test_lists_without_known_places_tell_no_bias() -> None:
    lists = [replace(one, presumed=True) for one in simulate(searches=50, queries=5)]
    assert estimate_propensities(lists).tolist() == [1.0]
    assert estimate_propensities([]).tolist() == [1.0]


def test_gains_count_by_inverse_propensity() -> None:
    data = StackedLists(
        features=np.zeros((5, len(FEATURES))),
        gains=np.array([0.0, 1.0, 0.0, 2.0, 0.0]),
        weights=np.array([1.0, 4.0, 1.0, 1.0, 1.0]),
        starts=np.array([0, 3]),
    )
    found, best = list_ndcg(data, np.array([3.0, 2.0, 1.0, 0.0, 1.0]))
    assert found == pytest.approx([4 / np.log2(3), 2 / np.log2(3)])
    assert best.tolist() == [4.0, 2.0]
    # Equal scores stay in the order shown.
    assert mean_ndcg(data, np.zeros(5)) == pytest.approx((4 / np.log2(3) + 2) / 6)


def liked_first(order: NDArray[np.int64], candidates: list[SearchCandidate]) -> float:
    """Return the share of the first six places that the liked brand has."""
    return float(sum(candidates[n].brands == ("Liked",) for n in order[:6]) / 6)


def test_a_planted_preference_is_learned_and_a_bias_is_not() -> None:
    # Clicks follow the places of the first stage; other lists tell places and products apart.
    lists = simulate(searches=700, queries=30, shuffled=False) + simulate(searches=300, queries=30)
    trained = train_search_ranker(lists, RankerConfig(student=False))
    assert trained.refusal is None
    assert trained.ranker is not None
    assert set(trained.metrics["candidates"]) == {"linear", "trees"}
    candidates = goods(99, np.random.default_rng(5))
    candidates = [own._replace(brands=("Liked",) if n >= 14 else ("Other",))
                  for n, own in enumerate(candidates)]  # fmt: skip
    scores = np.array(trained.ranker.score("thing 99", None, candidates))
    # The six of the liked brand stand last in the first stage, on a query that nobody has sent.
    assert liked_first(np.argsort(-scores, kind="stable"), candidates) >= 5 / 6


def test_each_model_learns_the_preference() -> None:
    lists = simulate(searches=1_000, queries=20)
    examined = estimate_propensities(lists)
    learned = stack_plainly(lists, examined)
    base = first_stage().score(learned.features)
    for fit in (fit_linear, fit_trees):
        found = compare(learned, fit(learned).score(learned.features), base)
        assert found.is_better
        assert found.ndcg - found.base > 0.1


def test_what_is_not_better_is_refused() -> None:
    draw = np.random.default_rng(3)
    lists = [
        replace(one, gains=(draw.random(SHOWN) < LOOKED / 3).astype(float))
        for one in simulate(searches=600, queries=30, shuffled=False)
    ]
    trained = train_search_ranker(lists, RankerConfig(student=False))
    assert trained.refusal is not None
    assert trained.refusal.startswith("No candidate is better than the first stage")
    assert trained.ranker is not None  # for --force


def test_a_small_log_is_refused_with_the_remedy() -> None:
    lists = simulate(searches=80, queries=10)
    trained = train_search_ranker(lists, RankerConfig(student=False))
    assert trained.ranker is None
    assert trained.refusal is not None
    assert "100 are needed. Select `servedId`" in trained.refusal


def test_query_events_count_as_if_the_first_candidates_had_been_shown() -> None:
    candidates = goods(1, np.random.default_rng(0))
    keys = [own.key for own in candidates]
    log = [
        LoggedSearch("served:1", "thing 1", 1, tuple(keys[5:8]), 5, {keys[6]: frozenset({"cart"})}),
        LoggedSearch("event:s:1", "thing 1", 2, (), 0, {keys[2]: frozenset({"view", "purchase"})}),
        LoggedSearch("served:2", "thing 1", 3, ("product:s:gone", keys[0]), 0, {}),
    ]
    shown, event = make_shown_lists(
        log, search_queries({"thing 1": 3}, lambda _: (None, candidates))
    )
    assert shown.places.tolist() == [5, 6, 7]
    assert shown.gains.tolist() == [0.0, 2.0, 0.0]
    assert not shown.presumed
    assert event.keys == tuple(keys[:10])
    assert event.gains.tolist() == [0.0, 0.0, 3.0] + 7 * [0.0]
    assert event.presumed
