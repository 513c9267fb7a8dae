"""Vectors as contenders of the served weights: their likeness, and its choice on planted shops."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.embed.preference import PreferenceConfig, Preferences, learn_preferences
from catalograph.embed.recommend import KGEaseConfig, RecommendData, fit_kg_ease, incidence
from catalograph.embed.recommend.blend import Blend
from catalograph.embed.recommend.cold_boost import choose_new_parts, hold_out_products
from catalograph.embed.recommend.vector_similarity import align_vectors, similar_items
from catalograph.schema import EmbeddingTable
from catalograph.schema.model_kinds import CONTENDERS, MODEL_KINDS
from catalograph.store import GraphSnapshot

GROUPS, SIZE, USERS, TAKEN, DIMENSION = 20, 12, 160, 4, 16
ITEMS = GROUPS * SIZE
PRODUCTS = tuple(f"product:t:{n:03}" for n in range(ITEMS))


def shop() -> tuple[RecommendData, NDArray[np.int64]]:
    """Thin histories: every shopper takes four products of one group."""
    rng = np.random.default_rng(7)
    items = np.concatenate(
        [rng.integers(GROUPS) * SIZE + rng.permutation(SIZE)[:TAKEN] for _ in range(USERS)]
    )
    users, times = np.repeat(np.arange(USERS), TAKEN), 86_400 * np.tile(1 + np.arange(TAKEN), USERS)
    order = np.lexsort((items, users))
    return RecommendData(incidence(users, items, (USERS, ITEMS))), times[order]


def snapshot() -> GraphSnapshot:
    data, times = shop()
    rows, columns = data.train.nonzero()
    return GraphSnapshot(
        products=PRODUCTS,
        users=tuple(f"user:t:{n:03}" for n in range(USERS)),
        interaction_users=rows.astype(np.int32),
        interaction_products=columns.astype(np.int32),
        facts={},
        parents=(),
        data_hash="hash",
        interaction_times=times,
    )


def like_texts() -> EmbeddingTable:
    """Vectors by which the products of a group are alike, in another order than the products."""
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(GROUPS, DIMENSION))
    vectors = centres[np.arange(ITEMS) // SIZE] + 0.1 * rng.normal(size=(ITEMS, DIMENSION))
    return EmbeddingTable(list(PRODUCTS[::-1]), vectors[::-1].astype(np.float32))


def useless_texts() -> EmbeddingTable:
    rng = np.random.default_rng(2)
    return EmbeddingTable(list(PRODUCTS), rng.normal(size=(ITEMS, DIMENSION)).astype(np.float32))


def test_only_vectors_that_never_saw_an_interaction_contend() -> None:
    assert CONTENDERS == ("text",)
    assert not any(MODEL_KINDS[kind].from_users for kind in CONTENDERS)


def test_vectors_follow_the_keys_and_have_length_one() -> None:
    table = EmbeddingTable(
        ["c", "a", "z", "d"], np.array([[0, 2], [3, 4], [1, 1], [np.nan, 0]], np.float32)
    )
    found = align_vectors(table, ["a", "b", "c", "d"])
    expected = np.array([[0.6, 0.8], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_nearest_others_get_their_cosine_where_it_is_positive() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [-1, 0], [0, 0]], np.float32)
    found = similar_items(vectors, 1).toarray()
    expected = np.zeros((5, 5))
    expected[0, 1], expected[1, 2], expected[2, 1] = 0.8, 0.96, 0.96
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    both = similar_items(vectors, 50).toarray()
    np.testing.assert_allclose(both[:3, :3], [[0, 0.8, 0.6], [0.8, 0, 0.96], [0.6, 0.96, 0]])
    assert not both[3:].any()


@pytest.fixture(scope="module")
def learned() -> Preferences:
    return learn_preferences(snapshot(), vectors={"text": like_texts()})


def test_like_texts_become_a_part_where_histories_are_thin(learned: Preferences) -> None:
    assert "text" in learned.edges.part_names
    assert learned.tuned["added"]["text"] > 0
    validation = learned.tuned["validation"]
    assert validation["text"] > 1.5 * validation["sequence"]
    np.testing.assert_allclose(learned.edges.parts.sum(axis=1), learned.edges.weights, atol=1e-6)
    place = learned.edges.part_names.index("text")
    own = learned.edges.sources // SIZE == learned.edges.targets // SIZE
    assert learned.edges.parts[own, place].min() > learned.edges.parts[~own, place].mean()


def test_useless_vectors_are_not_chosen() -> None:
    found = learn_preferences(snapshot(), vectors={"text": useless_texts()})
    assert "text" not in found.edges.part_names
    assert "text" not in found.tuned["added"]
    assert "text" not in found.tuned["added_new"]
    assert found.tuned["validation"]["text"] > 0


def test_a_part_whose_vectors_are_gone_is_left_out(learned: Preferences) -> None:
    again = PreferenceConfig(reuse=learned.tuned, measured=False)
    same = learn_preferences(snapshot(), again, vectors={"text": like_texts()})
    np.testing.assert_array_equal(same.edges.weights, learned.edges.weights)
    gone = learn_preferences(snapshot(), again)
    assert "text" not in gone.edges.part_names


def test_new_products_get_a_share_of_their_own() -> None:
    data, _ = shop()
    split = hold_out_products(data, None)
    fit = fit_kg_ease(split.data, KGEaseConfig(lambda_=5.0))
    texts, noise = (
        similar_items(align_vectors(table, PRODUCTS)) for table in (like_texts(), useless_texts())
    )
    found = choose_new_parts(split, fit, {"noise": noise, "text": texts}, Blend())
    assert list(found.new_weights) == ["text"]
    assert found.ndcg["new-products/text"] > 2 * found.ndcg["new-products/none"]
    new = split.data.unchosen
    [part] = found.parts({"text": texts}, new)
    weights = part.weights.toarray()
    assert not weights[:, ~new].any()
    np.testing.assert_allclose(
        weights[:, new], texts.toarray()[:, new] * found.new_weights["text"], rtol=1e-5
    )
    [both] = replace(found, weights={"text": 0.25}).parts({"text": texts}, new)
    np.testing.assert_allclose(
        both.weights.toarray()[:, ~new], texts.toarray()[:, ~new] * 0.25, rtol=1e-5
    )


def test_the_best_contender_for_new_products_comes_first() -> None:
    data, _ = shop()
    split = hold_out_products(data, None)
    fit = fit_kg_ease(split.data, KGEaseConfig(lambda_=5.0))
    texts, noise = (
        similar_items(align_vectors(table, PRODUCTS)) for table in (like_texts(), useless_texts())
    )
    blurred = texts.multiply(0.6).tocsr() + noise
    found = choose_new_parts(split, fit, {"blurred": blurred, "text": texts}, Blend())
    assert next(iter(found.new_weights)) == "text"
    assert found.ndcg["new-products/blurred"] > found.ndcg["new-products/none"]


def test_without_times_texts_help_new_products_alone() -> None:
    timeless = replace(snapshot(), interaction_times=None)
    found = learn_preferences(timeless, vectors={"text": like_texts()})
    assert found.tuned["added"] == {}
    assert found.tuned["added_new"]["text"] > 0
