"""The many small systems of a large catalogue, beside the one they stand for."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from catalograph.embed.preference import PreferenceConfig, learn_preferences
from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    fit_kg_ease,
    incidence,
    measure,
    rank_users,
    strongest_edges,
)
from catalograph.embed.recommend import systems as planning
from catalograph.embed.recommend.baselines import fit_popularity
from catalograph.embed.recommend.data import sample_tested
from catalograph.embed.recommend.ease import DTypeName
from catalograph.embed.recommend.sparse import SparseKGEase, fit_sparse_kg_ease
from catalograph.embed.recommend.systems import plan_systems
from catalograph.errors import ResourceError
from catalograph.store import FactTable, GraphSnapshot

BRANDS, SIZE = 20, 12
N = BRANDS * SIZE
CONFIG = KGEaseConfig(5.0, {"bought_with": 3.0}, dtype="float64")


def catalogue(seed: int = 0) -> RecommendData:
    """Users who like one brand and take a little from anywhere; facts that name the brand."""
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(400), 6)
    liked = users % BRANDS * SIZE + rng.integers(SIZE, size=len(users))
    items = np.where(rng.random(len(users)) < 0.7, liked, rng.integers(N, size=len(users)))
    held = np.arange(len(users)) % 6 == 5
    seen = incidence(users[~held], items[~held], (400, N))
    wanted = incidence(users[held], items[held], (400, N))
    wanted = sp.csr_array(wanted - wanted.multiply(seen))
    wanted.eliminate_zeros()
    products = np.arange(N)
    relations = {
        "made_by": RelationFacts(incidence(products, products // SIZE, (N, BRANDS))),
        "bought_with": RelationFacts(incidence(products, (products + 1) % N, (N, N)), products),
        "sold_in": RelationFacts(incidence(products, products % 2, (N, 2))),
    }
    return RecommendData(seen, relations, wanted, name="catalogue")


@pytest.fixture(scope="module")
def data() -> RecommendData:
    return catalogue()


@pytest.fixture(scope="module")
def fit(data: RecommendData) -> SparseKGEase:
    return fit_sparse_kg_ease(data, CONFIG, neighbours=60)


def test_one_system_of_everything_is_the_dense_form(data: RecommendData) -> None:
    dense = fit_kg_ease(data, CONFIG)
    whole = fit_sparse_kg_ease(data, CONFIG, neighbours=N)
    np.testing.assert_allclose(whole.weights.toarray(), dense.weights, atol=1e-12)
    edges, expected = strongest_edges(whole, 30), strongest_edges(dense, 30)
    np.testing.assert_array_equal(edges.source, expected.source)
    np.testing.assert_array_equal(edges.target, expected.target)
    np.testing.assert_allclose(edges.parts, expected.parts, atol=1e-10)
    assert edges.part_names == expected.part_names


def test_a_column_is_the_regression_on_the_members_of_its_system(
    data: RecommendData, fit: SparseKGEase
) -> None:
    A = np.linalg.inv(fit_kg_ease(data, CONFIG).P)
    for system in fit.systems[:3]:
        target = int(system.targets[0])
        others = system.members[system.members != target]
        # The normal equations of the ridge regression: A holds λ on its diagonal.
        expected = np.linalg.solve(A[np.ix_(others, others)], A[others, target])
        found = fit.weights.toarray()[:, target]
        np.testing.assert_allclose(found[others], expected, atol=1e-9)
        assert np.count_nonzero(found) <= len(others)


def test_every_item_is_a_target_once_and_a_member_of_its_system(fit: SparseKGEase) -> None:
    assert len(fit.systems) > 3
    targets = np.concatenate([system.targets for system in fit.systems])
    np.testing.assert_array_equal(np.sort(targets), np.arange(N))
    for system in fit.systems:
        assert np.isin(system.targets, system.members).all()
        assert len(system.members) <= 60
        assert (np.diff(system.members) > 0).all()


def test_the_planted_structure_is_found(data: RecommendData, fit: SparseKGEase) -> None:
    found = measure(fit, data, 10)[0]["ndcg@10"]
    assert found > measure(fit_popularity(data.train), data, 10)[0]["ndcg@10"] + 0.1
    dense = fit_kg_ease(data, CONFIG)
    both = zip(rank_users(fit, data, 10).items, rank_users(dense, data, 10).items, strict=True)
    assert np.mean([np.isin(some, others).mean() for some, others in both]) > 0.8
    assert found > 0.95 * measure(dense, data, 10)[0]["ndcg@10"]


@pytest.mark.parametrize(("dtype", "error"), [("float32", 1e-5), ("float64", 1e-12)])
def test_parts_add_up_to_the_weights(data: RecommendData, dtype: DTypeName, error: float) -> None:
    config = replace(CONFIG, dtype=dtype)
    edges = strongest_edges(fit_sparse_kg_ease(data, config, neighbours=60), 20)
    assert edges.part_names == ("interactions", "bought_with", "made_by", "sold_in")
    assert edges.parts.dtype == dtype
    np.testing.assert_allclose(edges.parts.sum(axis=1), edges.weight, atol=error, rtol=0)
    assert np.bincount(edges.source).max() == 20
    order = np.lexsort((edges.source, edges.target))
    np.testing.assert_array_equal(order, np.arange(len(order)))


def test_the_strongest_weights_of_each_source_are_kept(fit: SparseKGEase) -> None:
    B, kept = fit.weights.toarray(), fit.strongest(7).toarray()
    for source in range(N):
        strongest = np.sort(np.abs(B[source]))[-7:]
        np.testing.assert_array_equal(np.sort(np.abs(kept[source]))[-7:], strongest)
        assert np.count_nonzero(kept[source]) <= 7


def test_products_that_share_only_a_broad_fact_look_at_the_most_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planning, "_SHARING", 3)
    features = sp.csr_array(np.ones((50, 1), np.float32))
    used = np.arange(50) % 20
    nobody = sp.csr_array(np.zeros((50, 50), np.float32))
    for system in plan_systems(nobody, features, used, 1.0, neighbours=8):
        popular = set(np.argsort(-used, kind="stable")[:3].tolist())
        assert popular <= set(system.members.tolist())


def test_small_blocks_and_large_ones_find_the_same(
    data: RecommendData, fit: SparseKGEase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "_BLOCK_CELLS", 500)
    again = fit_sparse_kg_ease(data, CONFIG, neighbours=60)
    np.testing.assert_array_equal(again.weights.toarray(), fit.weights.toarray())


@pytest.mark.parametrize("shape", [(1, 3), (0, 3), (0, 0)])
def test_data_with_nothing_in_it_fits_and_serves_nothing(shape: tuple[int, int]) -> None:
    nothing = incidence(np.array([], int), np.array([], int), shape)
    fit = fit_sparse_kg_ease(RecommendData(nothing), neighbours=2)
    assert len(strongest_edges(fit).source) == 0
    assert fit.score(nothing).shape == shape


def test_a_sample_of_the_users_keeps_their_whole_test_part(data: RecommendData) -> None:
    some = sample_tested(data, 25, seed=3)
    assert data.test is not None
    assert some.test is not None
    counts, before = np.diff(some.test.indptr), np.diff(data.test.indptr)
    assert np.count_nonzero(counts) == 25
    np.testing.assert_array_equal(counts[counts > 0], before[counts > 0])
    assert sample_tested(data, 100_000) is data


def snapshot(n_products: int = 30) -> GraphSnapshot:
    """Two users for each product and the next; each product names the next."""
    products = np.arange(n_products, dtype=np.int32)
    keys = tuple(f"product:t:{n}" for n in products)
    users = np.arange(2 * n_products, dtype=np.int32)
    return GraphSnapshot(
        products=keys,
        users=tuple(f"user:t:{n}" for n in users),
        interaction_users=np.repeat(users, 2),
        interaction_products=np.stack([users // 2, (users // 2 + 1) % n_products], axis=1).ravel(),
        facts={"ALSO_BOUGHT": FactTable(products, (products + 1) % n_products, keys)},
        parents=(),
        data_hash="hash",
    )


def test_above_the_limit_the_sparse_form_takes_over_by_itself() -> None:
    said: list[str] = []
    config = PreferenceConfig(dense_products=20, neighbours=12)
    found = learn_preferences(snapshot(), config, said.append)
    assert found.tuned["form"] == "sparse"
    assert any("sparse form" in line and "20" in line for line in said)
    assert found.tuned["weights"] == {"ALSO_BOUGHT": 10.0}
    assert found.metrics["kg-ease/ndcg@10"] > 0
    np.testing.assert_allclose(found.edges.parts.sum(axis=1), found.edges.weights, atol=1e-5)
    assert learn_preferences(snapshot(20), config).tuned["form"] == "dense"


def test_where_the_dense_form_does_not_fit_the_sparse_one_takes_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr("catalograph.embed.preference._SPARSE_BYTES", 100)
    monkeypatch.setattr("catalograph.embed.preference._free_memory", lambda: 10_000)
    found = learn_preferences(snapshot(), PreferenceConfig(neighbours=12), said.append)
    assert found.tuned["form"] == "sparse"
    assert any("memory" in line for line in said)


def test_where_neither_form_fits_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalograph.embed.preference._free_memory", lambda: 1000)
    with pytest.raises(ResourceError, match="30 products"):
        learn_preferences(snapshot())
