"""Artefacts on disk, and ranking by them, beside sums over plain dictionaries."""

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalograph.artefacts import remove_artefacts
from catalograph.errors import ArtefactError
from catalograph.store import EdgeTable
from catalograph.store.models.edge_artefact import EdgeArtefact, load_edges, save_edges
from catalograph.store.models.fact_artefact import FactCollector
from catalograph.store.queries.edge_ranking import EdgeRanking, GraphEdge, ServedEdges

MODEL = "model:preference:3"
PARTS = ("interactions", "HAS_BRAND")
NO_FACTS = FactCollector().arrays(0, set())
Plain = dict[tuple[str, str], tuple[float, float]]
"""Parts of each edge."""


def key(n: int) -> str:
    return f"product:t:{n:03}"


def table(edges: Plain, keys: list[str], dtype: type = np.float64) -> EdgeTable:
    number = {key: n for n, key in enumerate(keys)}
    parts: Any = np.array(list(edges.values()), dtype).reshape(-1, 2)
    return EdgeTable(
        keys,
        np.array([number[source] for source, _ in edges], np.int32),
        np.array([number[target] for _, target in edges], np.int32),
        parts.sum(axis=1),
        parts,
        PARTS,
    )


def published(folder: Path, table: EdgeTable) -> EdgeArtefact:
    """Write a table and read it again."""
    return load_edges(folder, MODEL, save_edges(folder, MODEL, table, NO_FACTS))


def random_edges(rng: random.Random, keys: list[str], many: int) -> Plain:
    pairs = [(a, b) for a in keys for b in keys if a != b]
    return {pair: (rng.uniform(-1, 2), rng.uniform(-1, 1)) for pair in rng.sample(pairs, many)}


def expect(edges: Plain, history: Mapping[str, float], hidden: set[str]) -> list[tuple[str, float]]:
    scores: dict[str, float] = {}
    for (source, target), parts in edges.items():
        if source in history and target not in hidden:
            scores[target] = scores.get(target, 0.0) + history[source] * sum(parts)
    good = [(target, score) for target, score in scores.items() if score > 0]
    return sorted(good, key=lambda pair: (-pair[1], pair[0]))


def check(served: ServedEdges, edges: Plain, keys: list[str], rng: random.Random) -> None:
    for _ in range(20):
        history = {k: rng.choice([1.0, 0.5, 0.1]) for k in rng.sample(keys, 4)}
        hidden = {*history, *rng.sample(keys, 2)}
        ranking = EdgeRanking(served, list(history.items()), hidden)
        wanted = expect(edges, history, hidden)
        found = ranking.candidates(0, len(ranking))
        assert [k for k, _ in found] == [k for k, _ in wanted]
        assert [s for _, s in found] == pytest.approx([s for _, s in wanted], abs=1e-12)
        for target, score in found[:3]:
            told, rest, count = ranking.edges(target, 2)
            mine = [
                (s, [history[s] * part for part in parts])
                for (s, t), parts in edges.items()
                if t == target and s in history
            ]
            mine.sort(key=lambda one: (-abs(sum(one[1])), one[0]))
            assert [edge.source for edge in told] == [source for source, _ in mine[:2]]
            for edge, (_, parts) in zip(told, mine, strict=False):
                assert edge.parts == pytest.approx(parts, abs=1e-12)
            assert count == max(0, len(mine) - 2)
            assert rest + sum(edge.weight for edge in told) == pytest.approx(score, abs=1e-12)


def test_a_ranking_by_an_artefact_equals_plain_sums(tmp_path: Path) -> None:
    rng = random.Random(3)
    keys = [key(n) for n in range(30)]
    edges = random_edges(rng, keys, 300)
    shuffled = rng.sample(keys, len(keys))
    artefact = published(tmp_path, table(edges, shuffled))
    assert artefact.keys == tuple(keys)
    check(ServedEdges(artefact, 0), edges, keys, rng)


def test_changed_products_lose_their_published_edges_and_get_those_of_the_graph(
    tmp_path: Path,
) -> None:
    rng = random.Random(4)
    keys = [key(n) for n in range(0, 60, 2)]
    edges = random_edges(rng, keys, 300)
    served = ServedEdges(published(tmp_path, table(edges, keys)), 0)
    everyone = [*keys, key(7), key(1), "product:t:zzz", "a"]
    for round_ in range(6):
        products = rng.sample(everyone, 3)
        edges = {pair: p for pair, p in edges.items() if not {*pair} & {*products}}
        new: Plain = {}
        for product in products[1:]:  # the first is withdrawn
            others = [k for k in rng.sample(everyone, 8) if k not in (product, products[0])]
            for other in others:
                pair = (product, other) if rng.random() < 0.5 else (other, product)
                new[pair] = (rng.uniform(-1, 2), rng.uniform(-1, 1))
        edges |= new
        rows = [GraphEdge(s, t, sum(p), list(p), 3) for (s, t), p in new.items()]
        served = served.with_changes(round_ + 1, products, rows)
        assert served.placement == round_ + 1
        check(served, edges, everyone, rng)


def test_shoppers_and_the_only_candidate_are_told(tmp_path: Path) -> None:
    edges: Plain = {(key(1), key(2)): (1.0, 0.5), (key(1), key(3)): (0.25, 0.0)}
    keys = [key(n) for n in (1, 2, 3)]
    served = ServedEdges(published(tmp_path, table(edges, keys)), 0)
    ranking = EdgeRanking(served, [(key(1), 0.5)], only=key(3))
    assert ranking.candidates(0, 9) == [(key(3), 0.125)]
    [edge], rest, count = ranking.edges(key(3), 10)
    assert (edge, rest, count) == ((key(1), 0.125, [0.125, 0.0], None, None), 0.0, 0)
    assert len(EdgeRanking(served, [(key(1), 1.0)], only="product:t:none")) == 0
    assert len(EdgeRanking(served, [("product:t:none", 1.0)])) == 0
    changed = served.with_changes(1, [key(2)], [GraphEdge(key(1), key(2), 1.0, [1.0, 0.0], 7, 2)])
    [edge], _, _ = EdgeRanking(changed, [(key(1), 1.0)]).edges(key(2), 10)
    assert (edge.shoppers, edge.without) == (7, 2)
    partly = changed.with_changes(2, [key(3)], [GraphEdge(key(1), key(3), 1.0, [1.0, 0.0], 4)])
    [edge], _, _ = EdgeRanking(partly, [(key(1), 1.0)]).edges(key(3), 10)
    assert (edge.shoppers, edge.without) == (4, None)


def test_weights_are_those_of_the_graph_to_the_last_bit(tmp_path: Path) -> None:
    edges: Plain = {(key(1), key(2)): (0.1, 0.2)}
    keys = [key(1), key(2)]
    small = table(edges, keys, np.float32)
    served = ServedEdges(published(tmp_path, small), 0)
    [(_, score)] = EdgeRanking(served, [(key(1), 1.0)]).candidates(0, 1)
    assert score == small.weights.tolist()[0]


def test_not_finite_edges_are_left_out_as_in_the_graph(tmp_path: Path) -> None:
    edges: Plain = {(key(1), key(2)): (1.0, 0.0), (key(1), key(3)): (float("nan"), 0.0)}
    keys = [key(n) for n in (1, 2, 3)]
    artefact = published(tmp_path, table(edges, keys))
    assert artefact.edges.targets.tolist() == [1]


def test_a_model_without_edges_can_be_written_and_read(tmp_path: Path) -> None:
    artefact = published(tmp_path, table({}, [key(1)]))
    assert len(EdgeRanking(ServedEdges(artefact, 0), [(key(1), 1.0)])) == 0


def test_features_are_those_of_the_table_for_products_that_did_not_change(tmp_path: Path) -> None:
    keys = [key(3), key(1), key(2)]  # in no order
    features = [frozenset({"a", "b"}), frozenset[str](), frozenset({"b", "c"})]
    edges: Plain = {(key(1), key(2)): (1.0, 0.5)}
    artefact = published(tmp_path, replace(table(edges, keys), features=features))
    served = ServedEdges(artefact, 0)
    third, first, second = (served.features(one) for one in keys)
    assert (third and len(third), first, second and len(second)) == (2, frozenset(), 2)
    assert third is not None
    assert second is not None
    assert len(third & second) == 1
    changed = served.with_changes(1, [key(2), key(9)], [])
    assert (changed.features(key(2)), changed.features(key(9))) == (None, None)
    assert changed.features(key(3)) == third
    plain = published(tmp_path, table(edges, keys))
    assert ServedEdges(plain, 0).features(key(1)) is None


def test_an_artefact_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    edges: Plain = {(key(1), key(2)): (1.0, 0.5)}
    keys = [key(1), key(2)]
    saved = save_edges(tmp_path, MODEL, table(edges, keys), NO_FACTS)
    changed = table({(key(1), key(2)): (1.0, 0.2)}, keys)
    other = save_edges(tmp_path, "model:preference:4", changed, NO_FACTS)
    assert other != saved
    with pytest.raises(ArtefactError, match="not the published one"):
        load_edges(tmp_path, MODEL, other)
    weights = (tmp_path / "preference" / "4" / "weights.npy").read_bytes()
    (tmp_path / "preference" / "3" / "weights.npy").write_bytes(weights)
    with pytest.raises(ArtefactError, match=r"weights\.npy is damaged"):
        load_edges(tmp_path, MODEL, saved)
    remove_artefacts(tmp_path, "preference", {MODEL})
    with pytest.raises(ArtefactError, match="No such file"):
        load_edges(tmp_path, "model:preference:4", other)
