"""Cold start: models without some products or users against models that were fitted so."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from catalograph.embed.recommend.data import RecommendData, RelationFacts
from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.matrices import incidence
from catalograph.embed.recommend.tune import Search
from catalograph.embed.recommend.tuned_settings import TunedSettings
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.cold_start import (
    KEPT,
    WithoutUsers,
    evaluate_cold_start,
    fact_gram,
    tune_cold_items,
    without_items,
)

USERS, ITEMS, GROUPS = 120, 60, 6
CONFIG = KGEaseConfig(lambda_=2.0, weights={"produced_by": 3.0}, dtype="float64", item_power=0.25)


def planted(seed: int = 0) -> RecommendData:
    """Users who like one group of items each; the brand tells the group."""
    rng = np.random.default_rng(seed)
    liked = rng.integers(GROUPS, size=USERS)
    users = np.repeat(np.arange(USERS), 8)
    items = rng.integers(ITEMS // GROUPS, size=len(users)) * GROUPS + liked[users]
    in_train = rng.random(len(users)) < 0.7
    everything = [
        incidence(users[part], items[part], (USERS, ITEMS)) for part in (in_train, ~in_train)
    ]
    test = everything[1] - everything[1].multiply(everything[0])
    brand = incidence(np.arange(ITEMS), np.arange(ITEMS) % GROUPS, (ITEMS, GROUPS))
    return RecommendData(everything[0], {"produced_by": RelationFacts(brand)}, sp.csr_array(test))


def test_leaving_items_out_is_fitting_without_them() -> None:
    data = planted()
    cold, warm = np.array([3, 10, 11]), np.setdiff1d(np.arange(ITEMS), [3, 10, 11])
    fit = fit_kg_ease(data, CONFIG)
    gram = fact_gram(data, CONFIG, warm, warm)
    A = (data.train[:, warm].T @ data.train[:, warm]).toarray() + gram + 2.0 * np.eye(len(warm))
    assert without_items(fit, cold, warm) == pytest.approx(np.linalg.inv(A), abs=1e-6)


def test_leaving_users_out_is_fitting_without_them() -> None:
    data = planted()
    out = np.array([0, 5, 17])
    kept = np.ones((USERS, 1))
    kept[out] = 0.0
    bare = replace(data, train=sp.csr_array(data.train.multiply(kept)))
    rows = sp.csr_array(data.train[40:50])
    expected = fit_kg_ease(bare, CONFIG).score(rows)
    found = WithoutUsers(fit_kg_ease(data, CONFIG), sp.csr_array(data.train[out])).score(rows)
    assert found == pytest.approx(expected, abs=1e-9)


def test_facts_lead_to_cold_products_and_events_to_cold_users() -> None:
    data = planted()
    tuned = TunedSettings(ease_lambda=2.0, kg_ease=replace(CONFIG, dtype="float32"))
    rows = evaluate_cold_start(data, k=3, seeds=(0, 1), tuned=tuned, search=Search(steps=()))
    found = {row.model: row for row in rows}
    among = {name.rsplit("/", 1)[1]: row for name, row in found.items() if "/among-cold/" in name}
    assert among["kg-ease"].metrics["ndcg@3"] > 1.3 * among["random"].metrics["ndcg@3"]
    full = "cold-products/all-facts/full-catalogue/kg-ease"
    raised = found[f"{full}-raised"]
    assert raised.config["cold_boost"] >= 1.0
    assert raised.metrics["ndcg@3"] >= found[full].metrics["ndcg@3"]
    popular = "cold-products/no-facts/full-catalogue/popularity"
    assert found[full].metrics["hit_ratio@3"] > found[popular].metrics["hit_ratio@3"]
    for kept in KEPT:
        known = found[f"cold-users/{kept}-events/kg-ease"]
        assert (
            known.metrics["ndcg@3"]
            > found[f"cold-users/{kept}-events/popularity"].metrics["ndcg@3"]
        )
        assert 0 < known.n <= USERS // 10
        assert known.config["splits"] == 2


def test_tuning_sees_only_products_outside_the_splits() -> None:
    data = planted()
    seeds = (0, 1, 2)
    cold = np.unique(
        np.concatenate(
            [np.random.default_rng(s).choice(ITEMS, ITEMS // 10, replace=False) for s in seeds]
        )
    )
    kept = np.ones((1, ITEMS))
    kept[0, cold] = 0.0
    blind = replace(data, train=sp.csr_array(data.train.multiply(kept)))
    search = Search(steps=(4.0,), k=3)
    assert tune_cold_items(data, seeds, search, CONFIG) == tune_cold_items(
        blind, seeds, search, CONFIG
    )


def test_without_facts_it_is_refused() -> None:
    with pytest.raises(EvaluationDataError, match="facts"):
        evaluate_cold_start(replace(planted(), relations={}))
