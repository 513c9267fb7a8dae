"""Recommending across catalogues that share facts alone."""

from dataclasses import replace

import numpy as np
import pytest

from catalograph.embed.recommend.kgease import KGEaseConfig
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.transfer import (
    evaluate_transfer,
    halves,
)

from .test_cold_start import ITEMS, USERS, planted

CONFIG = KGEaseConfig(lambda_=2.0, weights={"produced_by": 3.0})


def test_the_halves_share_no_product_and_no_user() -> None:
    parts = halves(planted(), seed=1)
    items = np.concatenate([parts.source_items, parts.target_items])
    users = np.concatenate([parts.source_users, parts.target_users])
    assert sorted(items.tolist()) == list(range(ITEMS))
    assert sorted(users.tolist()) == list(range(USERS))


def test_shared_brands_carry_tastes_over() -> None:
    rows = {row.model: row for row in evaluate_transfer(planted(), k=3, config=CONFIG)}
    found = {name: row.metrics["ndcg@3"] for name, row in rows.items()}
    assert found["known-shoppers/kg-ease-of-source"] > 2 * found["known-shoppers/random"]
    assert found["new-shop/kg-ease-of-source"] > 2 * found["new-shop/popularity-of-target"]
    assert all(row.n > 0 for row in rows.values())


def test_without_facts_it_is_refused() -> None:
    with pytest.raises(EvaluationDataError, match="facts"):
        evaluate_transfer(replace(planted(), relations={}))
