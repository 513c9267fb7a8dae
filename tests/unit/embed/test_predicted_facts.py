"""Predicted facts in training: a part of their own, at a factor that validation must favour."""

from dataclasses import replace

import numpy as np
import pytest

from catalograph.embed.preference import PreferenceConfig, learn_preferences, recommend_data
from catalograph.embed.recommend.contributions import strongest_edges
from catalograph.embed.recommend.kgease import KGEaseConfig, fact_features, fit_kg_ease
from catalograph.schema.model_kinds import PREDICTED
from catalograph.store import FactTable, GraphSnapshot
from catalograph.store.models.export import snapshot_hash

N_USERS, N_ITEMS, SORTS = 240, 80, 8


def shop(*, right: bool, seed: int = 1) -> GraphSnapshot:
    """Users choose within one sort; half of the products state it, for the others it is guessed."""
    rng = np.random.default_rng(seed)
    pairs = sorted(
        (user, int(item))
        for user in range(N_USERS)
        for item in rng.choice(np.arange(user % SORTS, N_ITEMS, SORTS), 3, replace=False)
    )
    users, items = np.array(pairs).T
    sort = np.arange(N_ITEMS) % SORTS
    guessed = sort if right else rng.integers(SORTS, size=N_ITEMS)
    told = np.arange(N_ITEMS) < N_ITEMS // 2
    tails = tuple(f"value:sort={n}" for n in range(SORTS))
    heads = np.arange(N_ITEMS, dtype=np.int32)
    confidence = np.full(int((~told).sum()), 0.8, np.float32)
    return GraphSnapshot(
        products=tuple(f"product:t:{n:02}" for n in range(N_ITEMS)),
        users=tuple(f"user:t:{n:03}" for n in range(N_USERS)),
        interaction_users=users.astype(np.int32),
        interaction_products=items.astype(np.int32),
        facts={"HAS_VALUE:sort": FactTable(heads[told], sort[told].astype(np.int32), tails)},
        parents=(),
        data_hash="",
        imputed={
            "HAS_VALUE:sort": FactTable(
                heads[~told], guessed[~told].astype(np.int32), tails, confidence
            )
        },
    )


@pytest.mark.parametrize("right", [True, False])
def test_validation_decides_whether_they_count(*, right: bool) -> None:
    found = learn_preferences(shop(right=right))
    assert (found.tuned["predicted"] > 0) is right
    assert (PREDICTED in found.edges.part_names) is right
    assert "predicted" in found.tuned["validation"]
    np.testing.assert_allclose(found.edges.parts.sum(axis=1), found.edges.weights, atol=1e-6)
    again = learn_preferences(shop(right=right), PreferenceConfig(reuse=found.tuned))
    assert again.tuned["predicted"] == found.tuned["predicted"]


def test_stated_and_predicted_parts_add_up() -> None:
    data = recommend_data(shop(right=True), 8)
    relation = data.relations["HAS_VALUE:sort"]
    assert relation.predicted is not None
    config = KGEaseConfig(lambda_=5.0, dtype="float64", predicted=0.5)
    edges = strongest_edges(fit_kg_ease(data, config), N_ITEMS)
    assert edges.part_names == ("interactions", "HAS_VALUE:sort", PREDICTED)
    np.testing.assert_allclose(edges.parts.sum(axis=1), edges.weight, atol=1e-9)
    assert np.abs(edges.parts[:, 2]).max() > 0
    # With a factor of 0 they change nothing.
    none = strongest_edges(fit_kg_ease(data, replace(config, predicted=0.0)), N_ITEMS)
    stated = {name: replace(own, predicted=None) for name, own in data.relations.items()}
    bare = strongest_edges(fit_kg_ease(replace(data, relations=stated), config), N_ITEMS)
    np.testing.assert_array_equal(none.parts, bare.parts)
    # A certain prediction at factor 1 would weigh as much as a statement.
    whole = fact_features(replace(relation, predicted=(relation.predicted > 0) * 1.0), "float64", 1)
    np.testing.assert_allclose(np.sqrt(whole.multiply(whole).sum(axis=1)), 1.0)


def test_the_hash_knows_predictions() -> None:
    snapshot = shop(right=True)
    assert snapshot_hash(snapshot) != snapshot_hash(replace(snapshot, imputed={}))
