"""Marks tell exactly what a neighbourhood is, and a cut-out holds all of it."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.embed.gds.product_graph import (
    ProductContextGraph,
    build_product_graph,
    k_hop_subgraph,
    neighbourhood_hashes,
)
from catalograph.embed.gds.values import modularity
from catalograph.store import FactTable, GraphSnapshot


def ring(n: int) -> GraphSnapshot:
    """Products in a row: each shares one brand with the one before and one with the one after."""
    heads = np.repeat(np.arange(n, dtype=np.int32), 2)[1:-1]
    tails = np.repeat(np.arange(n - 1, dtype=np.int32), 2)
    brands = tuple(f"brand:{k:03}" for k in range(n - 1))
    none = np.empty(0, np.int32)
    return GraphSnapshot(
        products=tuple(f"product:t:{k:03}" for k in range(n)),
        users=(),
        interaction_users=none,
        interaction_products=none,
        facts={"HAS_BRAND": FactTable(heads, tails, brands)},
        parents=(),
        data_hash="hash",
    )


def with_fact(snapshot: GraphSnapshot, product: int, brand: int) -> GraphSnapshot:
    table = snapshot.facts["HAS_BRAND"]
    facts = FactTable(
        np.append(table.heads, np.int32(product)),
        np.append(table.tails, np.int32(brand)),
        table.tail_keys,
    )
    return dataclasses.replace(snapshot, facts={"HAS_BRAND": facts})


def changed(
    before: GraphSnapshot, after: GraphSnapshot, steps: int, hub: int | None = None
) -> list[int]:
    old, new = (
        neighbourhood_hashes(build_product_graph(snapshot), steps, hub)
        for snapshot in (before, after)
    )
    return np.flatnonzero(old != new).tolist()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # The fact joins product 10 to brand 14, which products 14 and 15 have.
        (0, [10]),
        (1, [10, 14, 15]),
        (2, [9, 10, 11, 14, 15]),
        (4, [8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ],
)
def test_a_new_fact_changes_the_marks_of_those_within_reach_alone(
    steps: int, expected: list[int]
) -> None:
    assert changed(ring(30), with_fact(ring(30), 10, 14), steps) == expected


def test_marks_do_not_depend_on_what_is_far_away_or_on_numbers() -> None:
    long, short = (
        neighbourhood_hashes(build_product_graph(ring(30)), 4),
        neighbourhood_hashes(build_product_graph(ring(20)), 4),
    )
    assert np.flatnonzero(long[:20] != short).tolist() == [17, 18, 19]
    assert len(set(long.tolist())) == 30


def test_one_more_at_a_hub_changes_nobody_else_and_many_more_do() -> None:
    def shop(n: int) -> GraphSnapshot:
        heads = np.arange(n, dtype=np.int32)
        table = FactTable(heads, np.zeros(n, np.int32), ("category:all",))
        return dataclasses.replace(
            ring(2), products=tuple(f"product:t:{k:03}" for k in range(n)), facts={"IN": table}
        )

    def compare(more: int, hub: int | None) -> int:
        old, new = (
            neighbourhood_hashes(build_product_graph(shop(100)), 4, hub),
            neighbourhood_hashes(build_product_graph(shop(100 + more)), 4, hub),
        )
        return int((old != new[:100]).sum())

    assert compare(1, None) == 100
    assert compare(1, 50) == 0
    assert compare(30, 50) == 100


def messages(graph: ProductContextGraph, steps: int) -> NDArray[np.float64]:
    """Means of neighbours, scaled by degrees: all that FastRP does, with one number a node."""
    degrees = np.bincount(graph.edges.ravel(), minlength=len(graph.keys))
    values = np.array([float(key.split(":")[-1]) for key in graph.keys]) / np.maximum(degrees, 1)
    total = np.zeros_like(values)
    for _ in range(steps):
        sums = np.zeros_like(values)
        for ends in (graph.edges, graph.edges[::-1]):
            np.add.at(sums, ends[0], values[ends[1]])
        values = sums / np.maximum(degrees, 1)
        total += values
    return total


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_a_cut_out_holds_all_that_messages_can_bring(steps: int) -> None:
    whole = build_product_graph(with_fact(ring(40), 20, 25))
    part = k_hop_subgraph(whole, np.array([20, 22]), steps)
    assert part.n_products < whole.n_products
    place = {key: n for n, key in enumerate(part.keys)}
    found, expected = messages(part, steps), messages(whole, steps)
    for n in (20, 22):
        assert found[place[whole.keys[n]]] == pytest.approx(expected[n], abs=1e-12)


def test_modularity_of_two_pairs_apart_is_a_half() -> None:
    graph = ProductContextGraph(("a", "b", "c", "d"), 4, np.array([[0, 2], [1, 3]]))
    assert modularity(graph, np.array([0, 0, 1, 1])) == pytest.approx(0.5)
    assert modularity(graph, np.zeros(4, np.int64)) == pytest.approx(0.0)
