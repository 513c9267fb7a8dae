"""All embedding jobs on a small shop with planted tastes, from the graph to the live models."""

import random

import pytest

from catalograph.embed.jobs import DEFAULT_KINDS, run_jobs
from catalograph.errors import EmptySnapshotError
from catalograph.settings import Settings
from catalograph.store import Connection, live_models

pytestmark = pytest.mark.neo4j

GROUPS, PER_GROUP, SHOPPERS = 4, 15, 30


def load(connection: Connection, *, interactions: bool = True) -> None:
    """Four kinds of goods, each with a brand; every shopper likes one kind."""
    rng = random.Random(5)
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    words = ("lamp", "garden spade", "coffee mug", "bicycle tyre")
    products = [
        {"key": f"product:t:{g}-{n}", "title": f"{words[g]} {n}", "brand": f"brand:{g}"}
        for g in range(GROUPS)
        for n in range(PER_GROUP)
    ]
    connection.execute(
        "UNWIND $rows AS row MERGE (b:Brand {key: row.brand}) SET b.name = row.brand "
        "CREATE (:Product {key: row.key, title: row.title, listed: true})-[:HAS_BRAND]->(b)",
        rows=products,
    )
    if not interactions:
        return
    events = [
        {"user": f"user:t:{g}-{u}", "key": f"event:t:{g}-{u}-{n}", "on": f"product:t:{g}-{n}"}
        for g in range(GROUPS)
        for u in range(SHOPPERS)
        for n in rng.sample(range(PER_GROUP), 4)
    ]
    connection.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.on}) MERGE (u:User {key: row.user}) "
        "CREATE (u)-[:PERFORMED]->(:Event {key: row.key, kind: 'view'})-[:ON]->(p)",
        rows=events,
    )


@pytest.fixture(autouse=True)
def shop(connection: Connection) -> None:
    load(connection)


def test_all_jobs_find_the_planted_tastes_and_go_live(
    connection: Connection, settings: Settings
) -> None:
    lines: list[str] = []
    reports = run_jobs(
        connection, settings, DEFAULT_KINDS, progress=lambda kind, _: lines.append(kind)
    )
    assert [(r.kind, r.version, r.slot, r.unchanged) for r in reports] == [
        (kind, 1, "a", False) for kind in ("text", "structure", "preference")
    ]
    assert [r.written for r in reports[:2]] == [60, 60]
    assert {"text", "structure", "preference"} <= set(lines)
    metrics = reports[2].metrics
    assert metrics["kg-ease/ndcg@10"] > 1.5 * metrics["popularity/ndcg@10"] > 0
    live = live_models(connection)
    assert live["preference"].parts == ("interactions", "HAS_BRAND")
    assert live["preference"].metrics == metrics
    assert live["preference"].config["tuned"]["lambda"] > 0
    (kept,) = connection.execute(
        "MATCH (m:Model {kind: 'preference', live: true}) RETURN m.popular AS popular"
    )
    counted = connection.execute(
        "MATCH (p:Product) RETURN p.key AS key, COUNT { (p)<-[:ON]-() } AS n"
    )
    counts = {row["key"]: row["n"] for row in counted}
    assert kept["popular"] == sorted(counts, key=lambda k: (-counts[k], k))
    for kind in ("text", "structure"):
        assert neighbours_of_own_group(connection, kind) > 0.95


def test_edges_lead_to_products_of_the_same_taste_and_parts_add_up(
    connection: Connection, settings: Settings
) -> None:
    run_jobs(connection, settings, ["preference"])
    rows = connection.execute(
        "MATCH (j:Product)-[r:CO_PREFERRED]->(i:Product) "
        "WITH j, i, r ORDER BY r.weight DESC "
        "WITH j, collect({to: i.key, weight: r.weight, parts: r.parts})[..5] AS best "
        "RETURN j.key AS key, best"
    )
    assert len(rows) == GROUPS * PER_GROUP
    for row in rows:
        group = row["key"].split("-")[0]
        assert all(edge["to"].startswith(group) for edge in row["best"])
        for edge in row["best"]:
            assert sum(edge["parts"]) == pytest.approx(edge["weight"], abs=1e-5)


def test_a_second_run_does_nothing_unless_forced_or_the_graph_changed(
    connection: Connection, settings: Settings
) -> None:
    kinds = ["structure", "preference"]
    run_jobs(connection, settings, kinds)
    again = run_jobs(connection, settings, kinds)
    assert [(r.version, r.unchanged, r.written) for r in again] == [(1, True, 0), (1, True, 0)]
    (forced,) = run_jobs(connection, settings, ["structure"], force=True)
    assert (forced.version, forced.slot, forced.unchanged) == (2, "b", False)
    connection.execute("MATCH (p:Product {key: 'product:t:0-0'})-[r:HAS_BRAND]->() DELETE r")
    changed = run_jobs(connection, settings, kinds)
    assert [(r.version, r.unchanged) for r in changed] == [(3, False), (2, False)]


def test_only_texts_that_changed_are_encoded_again(
    connection: Connection, settings: Settings
) -> None:
    run_jobs(connection, settings, ["text"])
    read = "MATCH (p:Product) RETURN p.key AS key, p.text_embedding_a AS a, p.text_embedding_b AS b"
    connection.execute(
        "MATCH (p:Product {key: 'product:t:0-0'}) SET p.title = 'sofa', p.changed = datetime()"
    )
    lines: list[str] = []
    (report,) = run_jobs(connection, settings, ["text"], progress=lambda _, m: lines.append(m))
    assert (report.version, report.slot, report.written) == (2, "b", 60)
    assert "1 of 1 texts" in lines
    differing = [row["key"] for row in connection.execute(read) if row["a"] != row["b"]]
    assert differing == ["product:t:0-0"]


def test_only_touched_neighbourhoods_are_embedded_again_unless_forced(
    connection: Connection, settings: Settings
) -> None:
    (first,) = run_jobs(connection, settings, ["structure"])
    assert first.metrics == {"embedded": GROUPS * PER_GROUP}
    connection.execute("MATCH (p:Product {key: 'product:t:0-0'})-[r:HAS_BRAND]->() DELETE r")
    (refreshed,) = run_jobs(connection, settings, ["structure"])
    assert (refreshed.slot, refreshed.written) == ("b", GROUPS * PER_GROUP)
    assert refreshed.metrics == {"embedded": PER_GROUP}
    (full,) = run_jobs(connection, settings, ["structure"], force=True)
    assert (full.slot, full.metrics) == ("a", {"embedded": GROUPS * PER_GROUP})
    rows = connection.execute(
        "MATCH (p:Product) RETURN p.structure_embedding_a AS a, p.structure_embedding_b AS b, "
        "p.structure_mark_a = p.structure_mark_b AS same"
    )
    assert all(row["same"] for row in rows)
    for row in rows:
        assert row["a"] == pytest.approx(row["b"], abs=1e-6)


def test_without_interactions_preferences_come_from_facts(
    connection: Connection, settings: Settings
) -> None:
    load(connection, interactions=False)
    (report,) = run_jobs(connection, settings, ["preference"])
    assert report.metrics == {}
    rows = connection.execute(
        "MATCH (j:Product)-[r:CO_PREFERRED]->(i:Product) WHERE r.weight > 0.001 "
        "RETURN split(j.key, '-')[0] = split(i.key, '-')[0] AS same, count(*) AS n"
    )
    assert [(row["same"], row["n"] > 0) for row in rows] == [(True, True)]


def test_an_empty_graph_is_refused_and_nothing_goes_live(
    connection: Connection, settings: Settings
) -> None:
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    for kind in DEFAULT_KINDS:
        with pytest.raises(EmptySnapshotError, match="catalograph ingest"):
            run_jobs(connection, settings, [kind])
    assert live_models(connection) == {}


def neighbours_of_own_group(connection: Connection, kind: str) -> float:
    """Share of the five nearest neighbours of each product that are of its group."""
    (row,) = connection.execute(
        "MATCH (m:Model {kind: $kind, live: true}) MATCH (p:Product) "
        "CALL (m, p) { CALL db.index.vector.queryNodes(m.index, 6, p[$property]) "
        "YIELD node WHERE node <> p RETURN node } "
        "RETURN avg(CASE WHEN split(p.key, '-')[0] = split(node.key, '-')[0] "
        "THEN 1.0 ELSE 0.0 END) AS share",
        kind=kind,
        property=f"{kind}_embedding_a",
    )
    return float(row["share"])
