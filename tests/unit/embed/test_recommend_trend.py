"""Trends: targets follow their recent interactions where what is chosen last confirms it."""

import numpy as np
import pytest

from catalograph.embed.learn import preference_contest
from catalograph.embed.learn.comparison import compare
from catalograph.embed.learn.contest import Contest
from catalograph.embed.preference import choices_of, learn_preferences
from catalograph.embed.recommend.contributions import AddedPart, strongest_edges
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.matrices import Csr, Ints, incidence
from catalograph.embed.recommend.sparse import fit_sparse_kg_ease
from catalograph.embed.recommend.trend import TargetTrend, choose_trend, hold_out_present
from catalograph.embed.served_model import ServedModel
from catalograph.store import GraphSnapshot

DAY = 86_400
N_USERS, N_ITEMS, GROUPS = 300, 60, 3


def shop(*, changing: bool, days: int = 12, seed: int = 3) -> tuple[RecommendData, Ints]:
    """Users choose two items of their group a day; on the last day of odd numbers, if changing."""
    rng = np.random.default_rng(seed)
    pairs: dict[tuple[int, int], int] = {}
    for day in range(days):
        odd = changing and day == days - 1
        for user in range(N_USERS):
            liked = [
                item
                for item in range(N_ITEMS)
                if item % GROUPS == user % GROUPS and (item // GROUPS % 2 == 1) is odd
            ]
            free = [item for item in liked if (user, item) not in pairs]
            for item in rng.permutation(free)[:1] if not odd else rng.permutation(free)[:3]:
                if odd or rng.random() < 0.5:
                    pairs[user, int(item)] = DAY * day + int(rng.integers(3600))
    users, items = np.array(list(pairs)).T
    train = incidence(users, items, (N_USERS, N_ITEMS))
    times = np.array([pairs[int(u), int(i)] for u, i in zip(*train.nonzero(), strict=True)])
    return RecommendData(train), times


def snapshot(data: RecommendData, times: Ints) -> GraphSnapshot:
    rows, columns = data.train.nonzero()
    return GraphSnapshot(
        products=tuple(f"product:t:{n:02}" for n in range(N_ITEMS)),
        users=tuple(f"user:t:{n:03}" for n in range(N_USERS)),
        interaction_users=rows.astype(np.int32),
        interaction_products=columns.astype(np.int32),
        facts={},
        parents=(),
        data_hash="",
        interaction_times=times.astype(np.int64),
    )


def test_a_target_keeps_the_share_of_its_recent_interactions() -> None:
    train: Csr = incidence(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2]), (2, 4))
    times = np.array([0, 10 * DAY, 9 * DAY, -1])
    assert TargetTrend().factors(train, times) is None
    assert TargetTrend(1.0).factors(train, None) is None
    found = TargetTrend(1.0).factors(train, times)
    assert found is not None
    recent = 2.0**-10 + 0.5
    np.testing.assert_allclose(found, [(recent + 1) / 3, 1.0, 0.5, 1.0])
    squared = TargetTrend(1.0, 2.0).factors(train, times)
    assert squared is not None
    np.testing.assert_allclose(squared, found**2)


def test_the_present_is_as_short_as_there_are_users() -> None:
    data, times = shop(changing=True)
    present = hold_out_present(data, times)
    assert present.test is not None
    rows, items = present.test.nonzero()
    held = {(u, i): t for u, i, t in zip(*data.train.nonzero(), times, strict=True)}
    newest = [held[u, i] for u, i in zip(rows, items, strict=True)]
    assert len(newest) >= 100
    assert min(newest) > times.max() - DAY


def test_half_life_and_power_are_chosen_one_after_the_other() -> None:
    tried = []

    def evaluate(trend: TargetTrend) -> float:
        tried.append(trend)
        return -abs((trend.half_life_days or 0.0) - 4.0) - abs(trend.power - 1.5)

    assert choose_trend(evaluate) == TargetTrend(4.0, 1.5)
    assert len(set(tried)) == 11


@pytest.mark.parametrize("changing", [True, False])
def test_a_change_of_taste_is_followed_and_a_steady_shop_keeps_its_weights(
    *, changing: bool
) -> None:
    data, times = shop(changing=changing)
    found = learn_preferences(snapshot(data, times))
    tuned = found.tuned
    assert (tuned["trend_half_life_days"] is not None) is changing
    assert choices_of({"tuned": tuned}).blend.trend.half_life_days == tuned["trend_half_life_days"]
    np.testing.assert_allclose(found.edges.parts.sum(axis=1), found.edges.weights, atol=1e-6)
    if changing:
        served = ServedModel.of(found)
        scores = served.score(served.rows(data.train, times))
        scores[data.train.nonzero()] = -np.inf
        first = scores.argmax(axis=1)
        assert (first // GROUPS % 2 == 1).mean() > 0.9
        assert tuned["validation"]["trend"] > 1.5 * tuned["validation"]["present"]


def test_all_forms_and_parts_are_rescaled_alike() -> None:
    data, times = shop(changing=True)
    factors = TargetTrend(2.0, 0.5).factors(data.train, times)
    assert factors is not None
    config = KGEaseConfig(lambda_=20.0, dtype="float64")
    dense, small = fit_kg_ease(data, config), fit_sparse_kg_ease(data, config)
    rows = data.train[:4]
    np.testing.assert_allclose(dense.rescale(factors).score(rows), dense.score(rows) * factors)
    np.testing.assert_allclose(small.rescale(factors).score(rows), small.score(rows) * factors)
    part = AddedPart("next", incidence(np.arange(9), np.arange(1, 10), (N_ITEMS, N_ITEMS)))
    np.testing.assert_allclose(
        part.rescale(factors).weights.toarray(), part.weights.toarray() * factors, rtol=1e-6
    )
    edges = strongest_edges(dense.rescale(factors), N_ITEMS)
    np.testing.assert_allclose(edges.parts.sum(axis=1), edges.weight, atol=1e-9)


def test_a_champion_falls_when_it_loses_a_third_for_sure() -> None:
    values = np.random.default_rng(0).random(200) * 0.2
    assert preference_contest._fell(values, 0.2)
    assert not preference_contest._fell(values, 0.14)
    assert not preference_contest._fell(np.array([0.0, 0.3]), 0.25)


def test_the_usual_figure_outlives_a_change_of_taste() -> None:
    comparison = compare(np.zeros(4), np.full(4, 0.1), metric="ndcg@10", subject="shoppers")
    steady, changed = Contest(None, comparison), Contest(None, comparison, protocol={"usual": 0.3})
    assert steady.as_metrics()["judged/usual"] == pytest.approx(0.1)
    assert changed.as_metrics()["judged/usual"] == pytest.approx(0.2)
