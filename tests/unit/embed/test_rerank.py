"""Diverse and less popular lists."""

import numpy as np
import pytest

from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.ranking import rank_users
from catalograph.embed.recommend.tuned_settings import TunedSettings
from catalograph.evaluation.rerank import (
    ListConfig,
    evaluate_rerank,
    make_lists,
)
from catalograph.schema.diversity import diversify, jaccard

from .test_cold_start import planted

CONFIG = KGEaseConfig(lambda_=2.0, weights={"produced_by": 3.0})


def test_without_diversity_the_order_stays() -> None:
    scores = np.array([3.0, 2.0, 1.0])
    assert diversify(scores, np.eye(3), 0.0, 2) == [0, 1]
    assert diversify(np.empty(0), np.empty((0, 0)), 0.5, 2) == []


def test_the_next_item_weighs_its_score_against_its_likeness() -> None:
    scores = np.array([1.0, 0.9, 0.5, 0.0])
    similarity = np.eye(4)
    similarity[0, 1] = similarity[1, 0] = 0.8
    # By hand with d = 0.5: second place .45 − .4 = .05 against .25 − 0; third .05 against 0.
    assert diversify(scores, similarity, 0.5, 4) == [0, 2, 1, 3]
    assert diversify(scores, similarity, 0.1, 4) == [0, 1, 2, 3]
    assert diversify(scores, similarity, 1.0, 2) == [0, 2]


def test_items_without_features_are_like_nothing() -> None:
    similarity = jaccard([frozenset("ab"), frozenset("bc"), frozenset()])
    assert similarity.tolist() == [
        [1.0, pytest.approx(1 / 3), 0.0],
        [pytest.approx(1 / 3), 1.0, 0.0],
        [0.0] * 3,
    ]


def test_plain_lists_are_those_of_the_protocol() -> None:
    data = planted()
    fit = fit_kg_ease(data, CONFIG)
    assert data.test is not None
    users = np.flatnonzero(np.diff(data.test.indptr))
    plain = make_lists(fit, data, users, 5, ListConfig())
    assert plain.tolist() == rank_users(fit, data, 5).items.tolist()
    mixed = make_lists(fit, data, users, 5, ListConfig(diversity=0.5))
    assert (mixed[:, 0] == plain[:, 0]).all()
    train = {(u, i) for u, i in zip(*data.train.nonzero(), strict=True)}
    assert not train & {(u, i) for u, row in zip(users, mixed, strict=True) for i in row}


def test_diversity_and_popularity_do_what_they_say() -> None:
    rows = evaluate_rerank(planted(), k=3, tuned=TunedSettings(kg_ease=CONFIG))
    by_name = {row.model: row.metrics for row in rows}
    usual = by_name[ListConfig().name]
    diverse = by_name[ListConfig(diversity=0.5).name]
    rare = by_name[ListConfig(popularity=0.5).name]
    assert diverse["diversity@3"] > usual["diversity@3"]
    assert diverse["ndcg@3"] < usual["ndcg@3"]
    assert rare["popularity@3"] < usual["popularity@3"]
    assert 0 < usual["coverage@3"] <= 1
