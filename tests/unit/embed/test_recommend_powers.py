"""Users weighted, targets scaled, the cheap contenders and their mixture, by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    Search,
    evaluate_holdout,
    find_tuned,
    fit_ease,
    fit_kg_ease,
    incidence,
    save_tuned,
    strongest_edges,
    tune,
)
from catalograph.embed.recommend.baselines import (
    Mixture,
    Popularity,
    fit_gf_cf,
    fit_rp3beta,
)
from catalograph.embed.recommend.ease import interaction_gram
from catalograph.embed.recommend.matrices import Csr
from catalograph.embed.recommend.tuned_settings import KG_EASE, KG_EASE_FEW, stored_form
from catalograph.errors import ConfigError

# Users 0, 1 and 2 have items {0, 1}, {0} and {0, 1, 2}.
TRAIN = incidence(np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 0, 0, 1, 2]), (3, 3))


def some(seed: int = 0) -> RecommendData:
    rng = np.random.default_rng(seed)
    train: Csr = incidence(rng.integers(0, 30, 90), rng.integers(0, 15, 90), (30, 15))
    facts = incidence(np.arange(15), rng.integers(0, 4, 15), (15, 4))
    return RecommendData(train=train, relations={"brand": RelationFacts(facts)})


def test_users_with_much_count_less() -> None:
    expected = np.array(
        [
            [1 / 2 + 1 + 1 / 3, 1 / 2 + 1 / 3, 1 / 3],
            [1 / 2 + 1 / 3, 1 / 2 + 1 / 3, 1 / 3],
            [1 / 3, 1 / 3, 1 / 3],
        ]
    )
    np.testing.assert_allclose(interaction_gram(TRAIN, 1.0).toarray(), expected, rtol=1e-6)
    np.testing.assert_array_equal(interaction_gram(TRAIN).diagonal(), [3, 2, 1])


def test_ease_with_weighted_users_is_kg_ease_without_facts() -> None:
    bare = replace(some(), relations={})
    config = KGEaseConfig(3.0, dtype="float64", user_power=0.5)
    ease = fit_ease(bare.train, 3.0, "float64", user_power=0.5)
    np.testing.assert_array_equal(fit_kg_ease(bare, config).P, ease.P)
    assert not np.allclose(ease.P, fit_ease(bare.train, 3.0, "float64").P)


def test_targets_are_scaled_by_their_users_and_all_forms_agree() -> None:
    data = some()
    plain = fit_kg_ease(data, KGEaseConfig(3.0, dtype="float64"))
    scaled = fit_kg_ease(data, KGEaseConfig(3.0, dtype="float64", item_power=0.5))
    users = np.bincount(data.train.indices, minlength=15)
    expected = plain.weights * np.sqrt(users + 1)
    np.testing.assert_allclose(scaled.weights, expected, rtol=1e-12)
    np.testing.assert_allclose(scaled.weights_of(3, 9), expected[3:9], rtol=1e-12)
    np.testing.assert_allclose(scaled.score(data.train), data.train @ expected, atol=1e-12)


def test_parts_add_up_to_scaled_weights() -> None:
    config = KGEaseConfig(3.0, dtype="float64", item_power=0.4, user_power=0.3)
    fit = fit_kg_ease(some(), config)
    edges = strongest_edges(fit, 15)
    np.testing.assert_allclose(edges.parts.sum(axis=1), edges.weight, atol=1e-12)
    np.testing.assert_array_equal(edges.weight, fit.weights[edges.source, edges.target])


@pytest.mark.parametrize("seed", range(3))
def test_tuning_takes_the_power_that_ranks_best(seed: int) -> None:
    data, start = some(seed), KGEaseConfig(20.0)
    powers = (0.0, -2.0, 0.5, 2.0)
    worth = {
        power: evaluate_holdout(data, replace(start, item_power=power), k=3)["ndcg@3"]
        for power in powers
    }
    assert len(set(worth.values())) > 1
    found = tune(data, Search(steps=(), k=3, powers=powers), start=start)
    assert worth[found.item_power] == max(worth.values())
    assert tune(data, Search(steps=(), powers=()), start=start).item_power == 0.0


def test_walks_by_hand() -> None:
    # Xᵀ·D_u⁻¹·X off the diagonal: (0, 1) 5/6, (0, 2) and (1, 2) 1/3; items have 3, 2 and 1 users.
    pairs = np.array([[0, 5 / 6, 1 / 3], [5 / 6, 0, 1 / 3], [1 / 3, 1 / 3, 0]])
    users = np.array([3.0, 2.0, 1.0])
    gf_cf = pairs / np.sqrt(users[:, None] * users)
    np.testing.assert_allclose(fit_gf_cf(TRAIN).weights.toarray(), gf_cf, rtol=1e-5)
    rp3 = pairs / users[:, None] / users**0.7
    np.testing.assert_allclose(fit_rp3beta(TRAIN, 0.7).weights.toarray(), rp3, rtol=1e-5)


def test_a_mixture_weighs_scores_of_one_spread() -> None:
    one = Popularity(np.array([0.0, 2.0, 4.0], np.float32))
    other = Popularity(np.array([300.0, 0.0, 0.0], np.float32))
    mixed = Mixture(((one, 1.0), (other, 0.5), (Popularity(np.zeros(3, np.float32)), 9.0)))
    a, b = np.array([0, 2, 4]), np.array([300, 0, 0])
    expected = a / a.std() + 0.5 * b / b.std()
    np.testing.assert_allclose(mixed.score(TRAIN), np.tile(expected, (3, 1)), rtol=1e-5)


def test_configurations_are_stored_whole_each_for_its_relations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    data = some()
    full = KGEaseConfig(4.0, {"brand": 2.0}, item_power=0.25, user_power=0.1)
    few = KGEaseConfig(5.0, {"brand": 1.0})
    save_tuned(data, {KG_EASE: stored_form(full)})
    assert find_tuned(data).brand_category is None
    save_tuned(data, {KG_EASE_FEW: stored_form(few)})
    assert (find_tuned(data).kg_ease, find_tuned(data).brand_category) == (full, few)


@pytest.mark.parametrize("wrong", [{"item_power": float("inf")}, {"user_power": -0.1}])
def test_wrong_powers_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="expected a finite number"):
        KGEaseConfig(**wrong)  # type: ignore[arg-type]
