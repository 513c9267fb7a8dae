"""From a snapshot to the recommender's matrices, and the job on a catalogue held in memory."""

from dataclasses import replace

import numpy as np
import pytest

from catalograph.embed.preference import PreferenceConfig, learn_preferences, recommend_data
from catalograph.errors import EmptySnapshotError, ResourceError
from catalograph.store import FactTable, GraphSnapshot

PRODUCTS = tuple(f"product:t:{n}" for n in range(6))


def ints(*values: int) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    return np.array(values, np.int32)


def values(attribute: str, *heads: int) -> FactTable:
    return FactTable(ints(*heads), ints(*[0] * len(heads)), (f"value:{attribute}=x",))


def snapshot(products: tuple[str, ...] = PRODUCTS) -> GraphSnapshot:
    return GraphSnapshot(
        products=products,
        users=("user:t:u", "user:t:v"),
        interaction_users=ints(0, 0, 1, 1),
        interaction_products=ints(0, 1, 4, 5),
        facts={
            "ALSO_BOUGHT": FactTable(ints(0, 0), ints(0, 1), ("product:t:2", "product:t:zz")),
            "HAS_VALUE:a": values("a", 0, 1, 2),
            "HAS_VALUE:b": values("b", 3, 4),
            "HAS_VALUE:c": values("c", 5),
        },
        parents=(),
        data_hash="hash",
    )


def test_matrices_number_products_users_and_tails_as_the_snapshot_does() -> None:
    data = recommend_data(snapshot(), attributes=8)
    assert data.train.toarray().tolist() == [[1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1]]
    bought = data.relations["ALSO_BOUGHT"]
    assert bought.facts.toarray()[0].tolist() == [1, 1]
    assert bought.tail_items is not None
    assert bought.tail_items.tolist() == [2, -1]
    assert data.relations["HAS_VALUE:a"].tail_items is None


def test_smaller_attributes_are_one_relation_together() -> None:
    data = recommend_data(snapshot(), attributes=1)
    assert list(data.relations) == ["ALSO_BOUGHT", "HAS_VALUE", "HAS_VALUE:a"]
    assert data.relations["HAS_VALUE"].facts.toarray().T.tolist() == [
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]


def test_parts_are_named_by_relation_and_add_up() -> None:
    found = learn_preferences(snapshot())
    edges = found.edges
    assert edges.part_names[0] == "interactions"
    assert set(edges.part_names[1:]) <= {"ALSO_BOUGHT", *(f"HAS_VALUE:{n}" for n in "abc")}
    np.testing.assert_allclose(edges.parts.sum(axis=1), edges.weights, atol=1e-6)
    weight = {
        (int(j), int(i)): w
        for j, i, w in zip(edges.sources, edges.targets, edges.weights, strict=True)
    }
    assert weight[0, 1] > 0
    assert weight[4, 5] > 0


def test_a_large_catalogue_takes_the_start_as_it_is() -> None:
    found = learn_preferences(snapshot(), PreferenceConfig(tuned_products=5))
    assert found.tuned["lambda"] == 200.0
    assert found.tuned["weights"]["ALSO_BOUGHT"] == 10.0
    assert found.tuned["weights"]["HAS_VALUE:a"] == 0.6


def test_no_products_are_refused() -> None:
    empty = GraphSnapshot((), (), ints(), ints(), {}, (), "hash")
    with pytest.raises(EmptySnapshotError, match="catalograph ingest"):
        learn_preferences(empty)


def test_more_products_than_memory_allows_are_refused() -> None:
    many = tuple(f"product:t:{n}" for n in range(2_000_000))
    with pytest.raises(ResourceError, match="2,000,000 products"):
        learn_preferences(snapshot(many))


def restless(n_users: int = 120) -> GraphSnapshot:
    """Shoppers who leave one shelf of products for another, ten days from one to the next."""
    rng = np.random.default_rng(0)
    taken, times = [], []
    for _ in range(n_users):
        old, new = rng.choice(4, 2, replace=False)
        products = [*(10 * old + rng.permutation(10)[:4]), *(10 * new + rng.permutation(10)[:3])]
        order = np.argsort(products)
        taken.append(np.array(products)[order])
        times.append(864_000 * order)
    return GraphSnapshot(
        products=tuple(f"product:t:{n:02}" for n in range(40)),
        users=tuple(f"user:t:{n:03}" for n in range(n_users)),
        interaction_users=np.repeat(np.arange(n_users, dtype=np.int32), 7),
        interaction_products=np.concatenate(taken).astype(np.int32),
        facts={},
        parents=(),
        data_hash="hash",
        interaction_times=np.concatenate(times),
    )


def test_a_half_life_is_found_where_interactions_have_times() -> None:
    snapshot = restless()
    assert learn_preferences(snapshot).tuned["recency_half_life_days"] in {1.0, 7.0, 30.0}
    timeless = replace(snapshot, interaction_times=None)
    assert learn_preferences(timeless).tuned["recency_half_life_days"] is None
