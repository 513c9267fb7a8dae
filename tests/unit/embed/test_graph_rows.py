"""The networks as contenders of `eval recommend`."""

from dataclasses import replace

import numpy as np

from catalograph.embed.recommend import (
    RecommendData,
    RelationFacts,
    incidence,
)
from catalograph.evaluation.recommendation import MODELS, NETWORKS, evaluate, models_for


def two_tastes() -> RecommendData:
    """Twelve users of two tastes, eight items, facts that name the taste."""
    users, items = np.divmod(np.arange(96), 8)
    liked = users % 2 == items // 4
    users, items = users[liked], items[liked]
    tested = (users + items) % 4 == 0
    facts = incidence(np.arange(8), np.arange(8) // 4, (8, 2))
    return RecommendData(
        train=incidence(users[~tested], items[~tested], (12, 8)),
        test=incidence(users[tested], items[tested], (12, 8)),
        relations={"taste": RelationFacts(facts)},
    )


def test_networks_run_only_when_named() -> None:
    data = two_tastes()
    assert not set(models_for(data)[0]) & set(NETWORKS)
    assert not set(MODELS) & set(NETWORKS)
    assert models_for(data, NETWORKS) == (NETWORKS, ())


def test_without_facts_the_network_over_them_is_left_out() -> None:
    bare = replace(two_tastes(), relations={})
    assert models_for(bare, NETWORKS) == (("light-gcn",), ("relational-attention",))


def test_rows_of_networks_tell_how_training_went() -> None:
    rows = evaluate(two_tastes(), NETWORKS, k=3, minutes=0.02)
    assert [row.model for row in rows] == list(NETWORKS)
    for row in rows:
        assert row.n == 12
        assert row.metrics["recall@3"] > 0
        assert row.config["seconds"] == 1.2
        assert row.config["epochs"] >= 1
        assert row.config["stopped"] in ("out of time", "no longer better", "all epochs")
    assert rows[1].config["fan_out"] == 8
