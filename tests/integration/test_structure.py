"""FastRP inside a real Neo4j: order of loading plays no part, likeness follows the graph."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from catalograph.embed.gds.runner import PROJECTION
from catalograph.embed.structure import StructureConfig, refresh_structure
from catalograph.errors import EmptySnapshotError, ResourceError
from catalograph.schema import EmbeddingTable
from catalograph.store import Connection, ProjectedGraph, export_snapshot, gds_client, project_graph

pytestmark = pytest.mark.neo4j

GROUPS, PER_GROUP = 4, 10


def facts() -> list[tuple[str, str, str, str, str]]:
    """Products of four groups; each group has a brand, colours and shoppers of its own."""
    rng = random.Random(7)
    rows = []
    for group in range(GROUPS):
        for n in range(PER_GROUP):
            key = f"product:t:{group}-{n}"
            rows.append(("Product", key, "HAS_BRAND", "Brand", f"brand:{group}"))
            for shade in rng.sample(range(5), 2):
                value = f"value:colour={group}-{shade}"
                rows.append(("Product", key, "HAS_VALUE", "Value", value))
            other = f"product:t:{group}-{rng.randrange(PER_GROUP)}"
            rows.append(("Product", key, "ALSO_BOUGHT", "Product", other))
            for user in rng.sample(range(5), 2):
                event = f"event:t:{group}-{n}-{user}"
                rows.append(("User", f"user:t:{group}-{user}", "PERFORMED", "Event", event))
                rows.append(("Event", event, "ON", "Product", key))
    return rows


def load(connection: Connection, rows: list[tuple[str, str, str, str, str]]) -> None:
    """Write edges in the order given, as far as edges of one pattern go."""
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    for head, relation, tail in dict.fromkeys((row[0], row[2], row[3]) for row in rows):
        connection.execute(
            f"UNWIND $rows AS row "
            f"MERGE (h:{head} {{key: row[0]}}) MERGE (t:{tail} {{key: row[1]}}) "
            f"CREATE (h)-[:{relation}]->(t)",
            rows=[(a, d) for h, a, r, t, d in rows if (h, r, t) == (head, relation, tail)],
        )
    connection.execute("MATCH (p:Product) SET p.listed = true")
    connection.execute("MATCH (e:Event) SET e.kind = 'view'")


def embed_all(connection: Connection, config: StructureConfig | None = None) -> EmbeddingTable:
    """Embed all products, as a first run does."""
    snapshot = export_snapshot(connection)
    return refresh_structure(connection, snapshot, config or StructureConfig(), {}).table


@pytest.fixture(scope="module", autouse=True)
def loaded(connection: Connection) -> None:
    load(connection, facts())


def test_the_same_graph_loaded_in_another_order_gets_the_same_vectors(
    connection: Connection,
) -> None:
    ids = "MATCH (p:Product) RETURN elementId(p) AS id ORDER BY p.key"
    load(connection, facts())
    first, first_ids = (
        embed_all(connection),
        connection.execute(ids),
    )
    rows = facts()
    random.Random(3).shuffle(rows)
    load(connection, rows)
    second = embed_all(connection)
    assert connection.execute(ids) != first_ids
    assert first.keys == second.keys
    np.testing.assert_allclose(first.vectors, second.vectors, rtol=0, atol=1e-5)


def test_products_of_one_group_are_nearest(connection: Connection) -> None:
    table = embed_all(connection)
    np.testing.assert_allclose(np.linalg.norm(table.vectors, axis=1), 1, atol=1e-5)
    likeness = table.vectors @ table.vectors.T
    np.fill_diagonal(likeness, -1)
    groups = np.array([key.split(":")[2].split("-")[0] for key in table.keys])
    nearest = np.argsort(-likeness, axis=1)[:, :5]
    assert (groups[nearest] == groups[:, None]).mean() > 0.95


def test_a_product_joined_to_nothing_gets_no_vector_and_disturbs_none(
    connection: Connection,
) -> None:
    before = embed_all(connection)
    connection.execute("CREATE (:Product {key: 'product:t:00-alone', listed: true})")
    after = embed_all(connection)
    assert after.keys[0] == "product:t:0-0"
    alone = after.keys.index("product:t:00-alone")
    assert np.flatnonzero(~after.usable).tolist() == [alone]
    np.testing.assert_allclose(np.delete(after.vectors, alone, axis=0), before.vectors, atol=1e-5)
    connection.execute("MATCH (p:Product {key: 'product:t:00-alone'}) DELETE p")


def test_nothing_is_left_behind_and_what_a_killed_job_left_is_replaced(
    connection: Connection,
) -> None:
    project_graph(connection, PROJECTION, ProjectedGraph(["Product"], [b"\x00"], [[]]))
    embed_all(connection)
    with gds_client(connection) as gds:
        assert gds.graph.list() == []
    properties = connection.execute("MATCH (p:Product) UNWIND keys(p) AS name RETURN DISTINCT name")
    assert sorted(row["name"] for row in properties) == ["key", "listed"]


def test_a_graph_that_does_not_fit_is_refused_before_it_is_sent(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    small: Callable[[Connection], int] = lambda connection: 1024  # noqa: E731
    monkeypatch.setattr("catalograph.embed.gds.runner.free_heap", small)
    with pytest.raises(ResourceError, match="CATALOGRAPH_SERVER__HEAP_MB"):
        embed_all(connection)


def test_a_refresh_embeds_the_touched_neighbourhood_and_equals_a_full_one(
    connection: Connection,
) -> None:
    config = StructureConfig()
    before = refresh_structure(connection, export_snapshot(connection), config, {})
    assert before.embedded == GROUPS * PER_GROUP
    known = {
        key: (before.marks[key], vector.tolist())
        for key, vector in zip(before.table.keys, before.table.vectors, strict=True)
    }
    untouched = refresh_structure(connection, export_snapshot(connection), config, known)
    assert untouched.embedded == 0
    np.testing.assert_array_equal(untouched.table.vectors, before.table.vectors)
    # Groups share nothing, so what is said of one of group 2 touches that group alone.
    connection.execute(
        "MATCH (p:Product {key: 'product:t:2-3'}), (v:Value) WHERE v.key STARTS WITH "
        "'value:colour=2-' WITH p, v ORDER BY v.key WHERE NOT (p)-[:HAS_VALUE]->(v) "
        "WITH p, v LIMIT 1 CREATE (p)-[:HAS_VALUE]->(v)"
    )
    connection.execute("CREATE (:Product {key: 'product:t:00-alone', listed: true})")
    snapshot = export_snapshot(connection)
    refreshed = refresh_structure(connection, snapshot, config, known)
    full = embed_all(connection)
    connection.execute("MATCH (p:Product {key: 'product:t:00-alone'}) DELETE p")
    assert refreshed.embedded == PER_GROUP + 1
    assert refreshed.table.keys == full.keys
    np.testing.assert_allclose(refreshed.table.vectors, full.vectors, rtol=0, atol=1e-6)
    moved = full.vectors[1:] - before.table.vectors
    assert np.abs(moved).max() > 0.01


def test_vectors_have_the_length_asked_for(connection: Connection) -> None:
    table = embed_all(connection, StructureConfig(dimension=64))
    assert table.dimension == 64


def test_an_empty_graph_is_refused(connection: Connection) -> None:
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    with pytest.raises(EmptySnapshotError):
        embed_all(connection)
