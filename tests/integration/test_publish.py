"""Versions side by side: nothing is seen before the switch, and the switch is one moment."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.errors import NotPublishedError, QueryError, WriteConflictError
from catalograph.schema import EmbeddingTable
from catalograph.store import (
    Connection,
    EdgeTable,
    ModelVersionCard,
    SkippedCounts,
    StagedModel,
    list_models,
    live_models,
    roll_back,
    stage_edges,
    stage_vectors,
    switch,
)
from catalograph.store.models import publish as publish_module
from catalograph.store.models import slot_writer as stage_module

pytestmark = pytest.mark.neo4j

KEYS = [f"product:t:{n}" for n in range(5)]
CARD = ModelVersionCard({"name": "test"}, "data", {"ndcg@10": 0.5}, 1.5)
SEARCH = """
MATCH (m:Model {kind: $kind, live: true})
CALL db.index.vector.queryNodes(m.index, 10, $vector) YIELD node, score
RETURN m.version AS version, node.key AS key, score ORDER BY score DESC, key
"""


def vectors(seed: int = 0, n: int = 5, dimension: int = 4) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, dimension)).astype(np.float32)


def stage(connection: Connection, seed: int = 0, dimension: int = 4) -> StagedModel:
    return stage_vectors(
        connection, "text", EmbeddingTable(KEYS, vectors(seed, dimension=dimension)), CARD
    )


def edge_table(pairs: Sequence[tuple[int, int]], weight: float = 1.0) -> EdgeTable:
    sources, targets = np.array(pairs).T
    parts = np.tile([weight / 4, 3 * weight / 4], (len(pairs), 1))
    keys = [*KEYS, "product:t:gone"]
    return EdgeTable(
        keys, sources, targets, np.full(len(pairs), weight), parts, ("interactions", "HAS_BRAND")
    )


def search(connection: Connection, vector: NDArray[np.float32]) -> list[tuple[int, str]]:
    rows = connection.execute(SEARCH, kind="text", vector=vector.tolist())
    return [(row["version"], row["key"]) for row in rows]


@pytest.fixture(autouse=True)
def five_products(connection: Connection) -> None:
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    for row in connection.execute("SHOW VECTOR INDEXES YIELD name RETURN name"):
        connection.execute(f"DROP INDEX {row['name']}")
    connection.execute("UNWIND $keys AS key CREATE (:Product {key: key, listed: true})", keys=KEYS)


def test_nothing_is_live_before_the_switch(connection: Connection) -> None:
    staged = stage(connection)
    assert (staged.key, staged.slot, staged.written) == ("model:text:1", "a", 5)
    assert list_models(connection) == []
    assert search(connection, vectors()[0]) == []
    switch(connection, [staged])
    live = live_models(connection)["text"]
    assert (live.version, live.index, live.dimension) == (1, "product_text_embedding_a", 4)
    assert (live.config, live.metrics, live.seconds) == ({"name": "test"}, {"ndcg@10": 0.5}, 1.5)
    assert search(connection, vectors()[3])[0] == (1, KEYS[3])
    assert len(search(connection, vectors()[3])) == 5


def test_versions_take_turns_in_the_two_slots_and_may_change_dimension(
    connection: Connection,
) -> None:
    for version, (slot, dimension) in enumerate([("a", 4), ("b", 4), ("a", 8), ("b", 8)], start=1):
        staged = stage(connection, seed=version, dimension=dimension)
        assert (staged.version, staged.slot) == (version, slot)
        switch(connection, [staged])
        assert search(connection, vectors(version, dimension=dimension)[1])[0] == (version, KEYS[1])
    slots = {m.version: (m.slot, m.live) for m in list_models(connection)}
    assert slots == {1: (None, False), 2: (None, False), 3: ("a", False), 4: ("b", True)}


def test_vectors_that_neo4j_would_drop_silently_are_counted(connection: Connection) -> None:
    table = vectors(n=6)
    table[1] = 0
    table[2, 3] = np.nan
    table[4, 0] = np.inf
    staged = stage_vectors(
        connection, "text", EmbeddingTable([*KEYS, "product:t:gone"], table), CARD
    )
    assert staged.written == 2
    assert staged.skipped == SkippedCounts(zero=1, non_finite=2, unknown_key=1)
    assert staged.skipped.total == 4
    switch(connection, [staged])
    assert {key for _, key in search(connection, table[0])} == {KEYS[0], KEYS[3]}


def test_vectors_of_another_length_in_the_slot_are_counted(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_and_disturb(*args: object, **kwargs: object) -> int:
        written = original(*args, **kwargs)  # type: ignore[arg-type]
        connection.execute(
            "MATCH (p:Product {key: $key}) SET p.text_embedding_a = [1.0, 2.0]", key=KEYS[0]
        )
        return written

    original = stage_module._write
    monkeypatch.setattr(stage_module, "_write", write_and_disturb)
    assert stage(connection).skipped == SkippedCounts(wrong_length=1)


def test_a_publish_that_dies_half_way_leaves_the_live_version_and_the_next_one_works(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(connection, [stage(connection)])
    before = search(connection, vectors()[2])
    with monkeypatch.context() as patch:
        calls: list[object] = []

        def die(*args: object, **kwargs: object) -> int:
            if calls:
                raise KeyboardInterrupt
            calls.append(args)
            return original(*args, **kwargs)  # type: ignore[arg-type]

        original = stage_module._write
        patch.setattr(stage_module, "VECTORS_PER_BATCH", 2)
        patch.setattr(stage_module, "_write", die)
        with pytest.raises(KeyboardInterrupt):
            stage(connection, seed=1)
    assert search(connection, vectors()[2]) == before
    assert [m.version for m in list_models(connection)] == [1]
    staged = stage(connection, seed=2)
    assert (staged.slot, staged.version, staged.written) == ("b", 3, 5)
    switch(connection, [staged])
    assert search(connection, vectors(2)[2])[0] == (3, KEYS[2])
    # The killed version is gone from the graph.
    keys = connection.execute("MATCH (m:Model) RETURN m.key AS key ORDER BY key")
    assert [row["key"] for row in keys] == ["model:text:1", "model:text:3"]


def test_all_kinds_are_switched_in_one_moment_or_none_is(connection: Connection) -> None:
    switch(connection, [stage(connection), stage_edges(connection, edge_table([(0, 1)]), CARD)])
    text, edges = stage(connection, 1), stage_edges(connection, edge_table([(1, 2)]), CARD)
    stage_edges(connection, edge_table([(2, 3)]), CARD)  # takes the slot away
    with pytest.raises(WriteConflictError, match="model:preference:2"):
        switch(connection, [text, edges])
    assert {m.kind: m.version for m in live_models(connection).values()} == {
        "text": 1,
        "preference": 1,
    }


def test_a_publish_that_lost_its_slot_stops_writing(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = stage_module._claim

    def claim_and_lose(where: Connection, kind: str) -> dict[str, object]:
        mine = claim(where, kind)
        claim(where, kind)
        return mine

    monkeypatch.setattr(stage_module, "_claim", claim_and_lose)
    with pytest.raises(WriteConflictError, match="model:text:1"):
        stage(connection)
    left = connection.execute("MATCH (p:Product) WHERE p.text_embedding_a IS NOT NULL RETURN p")
    assert left == []


def test_roll_back_goes_to_the_version_before_and_back_again(connection: Connection) -> None:
    with pytest.raises(NotPublishedError):
        roll_back(connection, "text")
    switch(connection, [stage(connection, 1)])
    with pytest.raises(NotPublishedError):
        roll_back(connection, "text")
    switch(connection, [stage(connection, 2)])
    assert roll_back(connection, "text").version == 1
    assert search(connection, vectors(1)[0])[0] == (1, KEYS[0])
    assert roll_back(connection, "text").version == 2
    assert search(connection, vectors(2)[0])[0] == (2, KEYS[0])


def test_a_switch_that_dies_half_way_leaves_one_version_that_counts(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(connection, [stage(connection, 1)])
    staged = stage(connection, 2)
    with monkeypatch.context() as patch:
        patch.setattr(publish_module, "_flag", dying(publish_module._flag))
        with pytest.raises(KeyboardInterrupt):
            switch(connection, [staged])
    # Both are flagged; readers and the next publish take the later one to be live.
    assert [m.live for m in list_models(connection)] == [True, True]
    assert live_models(connection)["text"].version == 2
    third = stage(connection, 3)
    assert (third.version, third.slot) == (3, "a")
    assert [m.live for m in list_models(connection)] == [False, True]
    switch(connection, [third])
    with monkeypatch.context() as patch:
        patch.setattr(publish_module, "_flag", dying(publish_module._flag))
        with pytest.raises(KeyboardInterrupt):
            roll_back(connection, "text")
    assert live_models(connection)["text"].version == 3
    assert roll_back(connection, "text").version == 2
    assert [m.version for m in list_models(connection) if m.live] == [2]


def dying(flag: Callable[..., None]) -> Callable[..., None]:
    """Does the first of two steps and dies before the second."""

    def do(where: Connection, wanted: list[str], name: str, **parameters: Any) -> None:
        if name == "retire_models":
            raise KeyboardInterrupt
        flag(where, wanted, name, **parameters)

    return do


def test_versions_of_a_kind_that_this_release_does_not_have_are_listed_and_left_alone(
    connection: Connection,
) -> None:
    switch(connection, [stage(connection)])
    connection.execute(
        "MATCH (m:Model {key: 'model:text:1'}) UNWIND [1, 2] AS n CREATE (o:Model) "
        "SET o = m {.*, key: 'model:als:' + n, kind: 'als', version: n, live: n = 2, "
        "stale: true, slot: ['a', 'b'][n - 1]}"
    )
    switch(connection, [stage(connection, 1)])
    listed = [(m.key, m.live, m.slot) for m in list_models(connection) if m.kind == "als"]
    assert listed == [("model:als:1", False, "a"), ("model:als:2", True, "b")]
    assert live_models(connection)["als"].version == 2
    with pytest.raises(NotPublishedError, match="no kind of model 'als'"):
        roll_back(connection, "als")


def test_no_roll_back_to_a_version_whose_slot_was_used_again(connection: Connection) -> None:
    switch(connection, [stage(connection, 1)])
    switch(connection, [stage(connection, 2)])
    stage(connection, 3)
    with pytest.raises(NotPublishedError, match="used again"):
        roll_back(connection, "text")
    assert live_models(connection)["text"].version == 2


def test_edges_carry_slot_weight_and_parts(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_module, "EDGES_PER_BATCH", 2)
    table = edge_table([(0, 1), (0, 2), (0, 3), (4, 0), (4, 5)], weight=2.0)
    table.weights[1] = np.nan
    staged = stage_edges(connection, table, CARD)
    assert (staged.slot, staged.written) == ("a", 3)
    assert staged.skipped == SkippedCounts(non_finite=1, unknown_key=1)
    switch(connection, [staged])
    assert live_models(connection)["preference"].parts == ("interactions", "HAS_BRAND")
    rows = connection.execute(
        "MATCH (j:Product)-[r:CO_PREFERRED]->(i:Product) "
        "RETURN j.key AS j, i.key AS i, properties(r) AS r ORDER BY j, i"
    )
    assert [(row["j"], row["i"]) for row in rows] == [
        (KEYS[0], KEYS[1]),
        (KEYS[0], KEYS[3]),
        (KEYS[4], KEYS[0]),
    ]
    assert rows[0]["r"] == {"slot": "a", "weight": 2.0, "parts": [0.5, 1.5]}


def test_staging_edges_wipes_the_idle_slot_only(connection: Connection) -> None:
    for pair in ((0, 1), (1, 2), (2, 3)):
        switch(connection, [stage_edges(connection, edge_table([pair]), CARD)])
    rows = connection.execute(
        "MATCH (j)-[r:CO_PREFERRED]->() RETURN j.key AS key, r.slot AS slot ORDER BY key"
    )
    assert [(row["key"], row["slot"]) for row in rows] == [(KEYS[1], "b"), (KEYS[2], "a")]


def test_a_vector_index_refuses_another_dimension(connection: Connection) -> None:
    switch(connection, [stage(connection)])
    with pytest.raises(QueryError):
        search(connection, vectors(dimension=8)[0])
