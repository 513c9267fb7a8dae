"""New products: the factor of their weights, the validation split, and the choice of the factor."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from catalograph.embed.preference import learn_preferences
from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    fit_kg_ease,
    incidence,
    strongest_edges,
)
from catalograph.embed.recommend.cold_boost import choose_cold_boost, hold_out_products
from catalograph.embed.recommend.kgease import target_scale
from catalograph.embed.recommend.ranking import rank_users
from catalograph.embed.recommend.sparse import fit_sparse_kg_ease
from catalograph.errors import ConfigError
from catalograph.store import FactTable, GraphSnapshot

USERS, GROUPS, SIZE = 300, 6, 20
ITEMS = GROUPS * SIZE


def test_the_boost_fades_with_each_interaction() -> None:
    # Items with 0, 1, 2 and 3 users.
    train = incidence(np.array([0, 0, 0, 1, 1, 2]), np.array([1, 2, 3, 2, 3, 3]), (3, 4))
    degrees = (train.T @ train).diagonal()
    found = target_scale(degrees, KGEaseConfig(cold_boost=5.0))
    assert found.tolist() == [5.0, 3.0, 2.0, 1.5]
    both = target_scale(degrees, KGEaseConfig(cold_boost=5.0, item_power=1.0))
    assert both.tolist() == [5.0, 6.0, 6.0, 6.0]
    with pytest.raises(ConfigError, match="cold_boost is 0"):
        KGEaseConfig(cold_boost=0.0)


def shop(*, cold: int = 0) -> RecommendData:
    """Users like one brand each; the first `cold` items of each have no interaction."""
    rng = np.random.default_rng(0)
    liked = rng.integers(GROUPS, size=USERS)
    users = np.repeat(np.arange(USERS), 8)
    popular = cold + np.floor((SIZE - cold) * rng.random(len(users)) ** 2).astype(np.int64)
    items = liked[users] * SIZE + popular
    brand = incidence(np.arange(ITEMS), np.arange(ITEMS) // SIZE, (ITEMS, GROUPS))
    return RecommendData(incidence(users, items, (USERS, ITEMS)), {"b": RelationFacts(brand)})


def test_a_split_by_time_makes_the_latest_products_new() -> None:
    train = incidence(np.repeat(np.arange(60), 3), np.tile(np.arange(3), 60), (60, 3))
    times = np.tile(np.array([5, 1, 90]), 60)  # everyone takes item 2 last
    times[0] = 95  # user 0 takes item 0 after item 2
    split = hold_out_products(RecommendData(train), times)
    assert split.data.test is not None
    assert split.new_only.test is not None
    # A tenth of the interactions is later than day 90, which only user 0 has: too few.
    assert split.data.train.nnz < 180
    times[2::3] = np.arange(100, 160)
    split = hold_out_products(RecommendData(train), times)
    assert split.data.train[:, [2]].sum() + split.data.train[:, [0]].sum() > 0


def test_a_random_split_keeps_new_products_out_of_train() -> None:
    data = shop()
    split = hold_out_products(data, None, seed=4)
    assert split.usable
    assert split.data.test is not None
    assert split.new_only.test is not None
    new = np.unique(split.new_only.test.indices)
    assert 5 <= len(new) <= 25
    assert not split.data.train[:, new].nnz
    assert split.data.train.nnz + split.data.test.nnz <= data.train.nnz
    assert not split.data.train.multiply(split.data.test).nnz
    assert split.data.test.nnz > 2 * split.new_only.test.nnz


def test_products_that_a_split_makes_new_are_new_for_further_users_too() -> None:
    data = shop()
    further = sp.csr_array((data.train.T @ data.train).astype(np.int64))
    split = hold_out_products(replace(data, others=further), None, seed=4)
    assert split.new_only.test is not None
    assert split.data.others is not None
    new = np.unique(split.new_only.test.indices)
    assert 5 <= len(new) <= 25
    assert not split.data.others[:, new].nnz
    kept = np.setdiff1d(np.arange(ITEMS), np.flatnonzero(split.data.unchosen))
    assert abs(split.data.others[kept][:, kept] - further[kept][:, kept]).max() == 0


def test_new_products_are_raised_as_far_as_it_does_no_harm() -> None:
    split = hold_out_products(shop(), None)
    fit = fit_kg_ease(split.data, KGEaseConfig(lambda_=5.0))
    found = choose_cold_boost(split, fit)
    assert found.boost > 1.0
    assert found.after > found.before
    others = [
        rank_users(replace(fit, config=replace(fit.config, cold_boost=b)), split.other_only, 10)
        for b in (1.0, found.boost)
    ]
    assert others[1].ndcg.mean() > 0.98 * others[0].ndcg.mean()
    one = choose_cold_boost(split, fit, boosts=(1.0,))
    assert (one.boost, one.after) == (1.0, one.before)


def test_edges_to_new_products_are_raised_in_both_forms() -> None:
    data = shop(cold=2)
    config = KGEaseConfig(lambda_=5.0, cold_boost=3.0, dtype="float64")
    cold = np.flatnonzero(np.arange(ITEMS) % SIZE < 2)
    for fit in (fit_kg_ease, fit_sparse_kg_ease):
        plain, raised = (
            strongest_edges(fit(data, c), ITEMS) for c in (replace(config, cold_boost=1.0), config)
        )
        factor = np.where(np.isin(raised.target, cold), 3.0, 1.0)
        factor = np.where(factor == 1.0, 1 + 2 * 0.5 ** degrees(data)[raised.target], factor)
        np.testing.assert_array_equal(raised.source, plain.source)
        np.testing.assert_allclose(raised.weight, plain.weight * factor, rtol=1e-6)
        np.testing.assert_allclose(raised.parts, plain.parts * factor[:, None], rtol=1e-6)


def degrees(data: RecommendData) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.bincount(data.train.indices, minlength=ITEMS)


def test_the_job_chooses_a_boost_and_says_what_it_does() -> None:
    data = shop()
    users, products = data.train.nonzero()
    snapshot = GraphSnapshot(
        products=tuple(f"product:t:{n:03}" for n in range(ITEMS)),
        users=tuple(f"user:t:{n:03}" for n in range(USERS)),
        interaction_users=users.astype(np.int32),
        interaction_products=products.astype(np.int32),
        facts={
            "HAS_BRAND": FactTable(
                np.arange(ITEMS, dtype=np.int32),
                (np.arange(ITEMS) // SIZE).astype(np.int32),
                tuple(f"brand:{n}" for n in range(GROUPS)),
            )
        },
        parents=(),
        data_hash="hash",
    )
    found = learn_preferences(snapshot)
    assert found.tuned["cold_boost"] > 1.0
    assert found.metrics["new-products/ndcg@10"] > found.metrics["new-unraised/ndcg@10"]
