"""Metrics and ranking against brute force."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from catalograph.embed.recommend import RecommendData, incidence, rank_users
from catalograph.embed.recommend.baselines import Popularity
from catalograph.embed.recommend.matrices import Floats
from catalograph.embed.recommend.ranking import top_k
from catalograph.errors import EvaluationDataError
from catalograph.ml.metrics import hit_ratio, ndcg, ndcg_kgat, precision, recall


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[bool], int]:
    """One user's hits, and how many there were to find."""
    hits = draw(st.lists(st.booleans(), min_size=1, max_size=25))
    return hits, max(1, sum(hits) + draw(st.integers(0, 30)))


def dcg(hits: list[bool]) -> float:
    return sum(hit / math.log2(place + 2) for place, hit in enumerate(hits))


def of(metric: object, hits: list[bool], positives: int) -> float:
    return float(metric(np.array([hits]), np.array([positives]))[0])  # type: ignore[operator]


@settings(deadline=None)
@given(lists())
def test_metrics_equal_their_definitions(case: tuple[list[bool], int]) -> None:
    hits, positives = case
    k = len(hits)
    ideal = [place < positives for place in range(k)]
    assert of(ndcg, hits, positives) == pytest.approx(dcg(hits) / dcg(ideal))
    assert of(recall, hits, positives) == pytest.approx(sum(hits) / positives)
    assert of(hit_ratio, hits, positives) == float(any(hits))
    assert of(precision, hits, positives) == pytest.approx(sum(hits) / k)


@settings(deadline=None)
@given(lists())
def test_ndcg_kgat_equals_kgats_code(case: tuple[list[bool], int]) -> None:
    """As in KGAT's metrics.py: dcg_max = dcg_at_k(sorted(r, reverse=True)); 0 without one."""
    hits, positives = case
    best = dcg(sorted(hits, reverse=True))
    assert of(ndcg_kgat, hits, positives) == pytest.approx(dcg(hits) / best if best else 0.0)


@settings(deadline=None)
@given(lists())
def test_ndcg_is_at_most_kgats(case: tuple[list[bool], int]) -> None:
    hits, positives = case
    assert of(ndcg, hits, positives) <= of(ndcg_kgat, hits, positives) + 1e-12


# Few distinct values, so that ties are common.
few_values = hnp.arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 12)),
                        elements=st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]))  # fmt: skip


@settings(deadline=None)
@given(few_values, st.integers(1, 12))
def test_top_k_breaks_ties_by_index(scores: Floats, k: int) -> None:
    k = min(k, scores.shape[1])
    expected = [sorted(range(len(row)), key=lambda i: (-row[i], i))[:k] for row in scores]
    np.testing.assert_array_equal(top_k(scores, k), expected)


def test_ranking_leaves_out_train_and_users_without_test_items() -> None:
    train = incidence(np.array([0, 1, 2]), np.array([0, 1, 2]), (3, 4))
    test = incidence(np.array([0, 0, 2]), np.array([1, 3, 0]), (3, 4))
    ranked = rank_users(
        Popularity(np.array([9, 5, 3, 1], np.float32)),
        RecommendData(train=train, test=test),
        k=2,
    )
    np.testing.assert_array_equal(ranked.items, [[1, 2], [0, 1]])
    np.testing.assert_array_equal(ranked.hits, [[True, False], [True, False]])
    np.testing.assert_array_equal(ranked.positives, [2, 1])
    assert ranked.metrics()["recall@2"] == 0.75


def test_lists_longer_than_the_catalogue_count_their_empty_places() -> None:
    train = incidence(np.array([0]), np.array([0]), (1, 2))
    test = incidence(np.array([0]), np.array([1]), (1, 2))
    data = RecommendData(train=train, test=test)
    ranked = rank_users(Popularity(np.zeros(2, np.float32)), data, 5)
    assert ranked.metrics() == {
        "ndcg@5": 1.0, "recall@5": 1.0, "hit_ratio@5": 1.0, "precision@5": 0.2
    }  # fmt: skip


def test_without_a_test_item_there_is_nothing_to_measure() -> None:
    train = incidence(np.array([0]), np.array([0]), (1, 2))
    with pytest.raises(EvaluationDataError, match="no test interaction"):
        rank_users(Popularity(np.zeros(2, np.float32)), RecommendData(train=train), 1)
