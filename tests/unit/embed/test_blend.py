"""Added parts: their choice on planted orders, and the edges that carry them."""

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from catalograph.embed.contenders import SEQUENCE
from catalograph.embed.preference import learn_preferences
from catalograph.embed.recommend import RecommendData, fit_kg_ease, incidence, strongest_edges
from catalograph.embed.recommend.blend import Blend, BlendScorer, choose_blend
from catalograph.embed.recommend.contributions import AddedPart, strongest_weights
from catalograph.embed.recommend.kgease import KGEaseConfig
from catalograph.embed.recommend.matrices import Csr
from catalograph.embed.recommend.recency import hold_out_latest
from catalograph.store import GraphSnapshot

N_ITEMS, N_USERS = 30, 400


def walks() -> tuple[RecommendData, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """Everyone takes items anywhere and after each the next one; half stop before the last."""
    rng = np.random.default_rng(3)
    users, items, times = [], [], []
    for user in range(N_USERS):
        starts = 3 * rng.choice(N_ITEMS // 3, 3, replace=False) + rng.integers(3)
        taken = [item for start in starts for item in (start, (start + 1) % N_ITEMS)]
        taken = taken[: 6 - user % 2]
        users += [user] * len(taken)
        items += taken
        times += [86_400 * (1 + step) for step in range(len(taken))]
    order = np.lexsort((items, users))
    train = incidence(np.array(users), np.array(items), (N_USERS, N_ITEMS))
    return RecommendData(train=train), np.array(times)[order]


def next_item() -> Csr:
    """The planted order: every item leads to the next one."""
    here = np.arange(N_ITEMS)
    return incidence(here, (here + 1) % N_ITEMS, (N_ITEMS, N_ITEMS))


def noise() -> Csr:
    rng = np.random.default_rng(5)
    return sp.csr_array(rng.normal(size=(N_ITEMS, N_ITEMS)).astype(np.float32))


def test_a_part_that_helps_is_added_and_noise_is_not() -> None:
    split, kept = hold_out_latest(*walks())
    fit = fit_kg_ease(split, KGEaseConfig(lambda_=20.0))
    blend = choose_blend(split, kept, fit, {"noise": noise(), "next": next_item()}, k=3)
    assert list(blend.weights) == ["next"]
    assert blend.ndcg["next"] > 1.1 * blend.ndcg["recency"]


def test_edges_carry_added_parts_and_still_add_up() -> None:
    data, _ = walks()
    fit = fit_kg_ease(data, KGEaseConfig(lambda_=20.0, dtype="float64"))
    added = [AddedPart("next", next_item() * 0.5)]
    table = strongest_edges(fit, N_ITEMS, added)
    assert table.part_names == ("interactions", "next")
    np.testing.assert_allclose(table.parts.sum(axis=1), table.weight, atol=1e-9)
    places = zip(table.source.tolist(), table.target.tolist(), strict=True)
    follows = np.array([(j + 1) % N_ITEMS == i for j, i in places])
    np.testing.assert_array_equal(table.parts[:, 1], np.where(follows, 0.5, 0.0))
    rows = data.train[:5]
    np.testing.assert_allclose(
        strongest_weights(fit, N_ITEMS, added).score(rows),
        BlendScorer(fit, added).score(rows),
        atol=1e-9,
    )


def snapshot() -> GraphSnapshot:
    data, times = walks()
    rows, columns = data.train.nonzero()
    return GraphSnapshot(
        products=tuple(f"product:t:{n:02}" for n in range(N_ITEMS)),
        users=tuple(f"user:t:{n:03}" for n in range(N_USERS)),
        interaction_users=rows.astype(np.int32),
        interaction_products=columns.astype(np.int32),
        facts={},
        parents=(),
        data_hash="hash",
        interaction_times=times,
    )


def test_the_job_adds_the_order_where_there_are_times_and_it_helps() -> None:
    found = learn_preferences(snapshot())
    assert found.edges.part_names == ("interactions", SEQUENCE)
    np.testing.assert_allclose(found.edges.parts.sum(axis=1), found.edges.weights, atol=1e-6)
    assert found.tuned["added"][SEQUENCE] > 0
    assert found.tuned["validation"][SEQUENCE] > 1.1 * found.tuned["validation"]["recency"]
    assert found.metrics["served-next/ndcg@10"] > 0.5
    # Directed: what follows is raised more than what went before.
    part = {
        (int(j), int(i)): parts[1]
        for j, i, parts in zip(
            found.edges.sources, found.edges.targets, found.edges.parts, strict=True
        )
    }
    assert part[3, 4] > 0 >= part.get((4, 3), 0.0)


def test_without_times_nothing_is_added() -> None:
    found = learn_preferences(replace(snapshot(), interaction_times=None))
    assert found.edges.part_names == ("interactions",)
    assert found.tuned["added"] == {}
    assert found.tuned["recency_half_life_days"] is found.tuned["recency_decay_visits"] is None


def test_an_empty_blend_adds_nothing() -> None:
    assert Blend().parts({"next": next_item()}) == []
