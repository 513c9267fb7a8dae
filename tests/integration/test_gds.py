"""Graph algorithms inside a real Neo4j: twice the same, planted groups found, nothing left."""

import json
import random
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.embed.gds import KnnConfig, Node2VecConfig
from catalograph.embed.gds.runner import PROJECTION
from catalograph.embed.jobs import DEPENDENT_KINDS, run_jobs
from catalograph.errors import CatalographError, NotPublishedError, ResourceError
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    content_hash,
    export_snapshot,
    gds_client,
    list_models,
    live_models,
    roll_back,
)
from tests.integration.test_kills import environment

pytestmark = pytest.mark.neo4j

GROUPS, PER_GROUP = 4, 12
OF_SNAPSHOT = ["node2vec", "hashgnn", "community", "pagerank"]


def edges() -> list[dict[str, str]]:
    """Products of four groups; each has a brand, colours and shoppers of its own."""
    rng = random.Random(7)
    rows = []
    for group in range(GROUPS):
        for n in range(PER_GROUP):
            product = f"product:t:{group}-{n:02}"
            rows.append({"head": product, "tail": f"brand:{group}", "to": "Brand"})
            rows += [
                {"head": product, "tail": f"value:colour={group}-{shade}", "to": "Value"}
                for shade in rng.sample(range(5), 2)
            ]
            rows += [
                {"head": product, "tail": f"user:t:{group}-{user}", "to": "User"}
                for user in rng.sample(range(5), 2)
            ]
    return rows


def load(connection: Connection, rows: list[dict[str, str]]) -> None:
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    for label, pattern in {
        "Brand": "(h)-[:HAS_BRAND]->(t)",
        "Value": "(h)-[:HAS_VALUE]->(t)",
        "User": "(t)-[:PERFORMED]->(:Event {key: h.key + t.key, kind: 'view'})-[:ON]->(h)",
    }.items():
        connection.execute(
            f"UNWIND $rows AS row MERGE (h:Product {{key: row.head}}) SET h.listed = true "
            f"MERGE (t:{label} {{key: row.tail}}) CREATE {pattern}",
            rows=[row for row in rows if row["to"] == label],
        )


@pytest.fixture(autouse=True)
def shop(connection: Connection) -> None:
    load(connection, edges())


def group_of(key: str) -> str:
    return key.split(":")[2].split("-")[0]


def stored(connection: Connection, kind: str) -> dict[str, Any]:
    """What the live version of a kind has on each node."""
    model = live_models(connection)[kind]
    rows = connection.execute(
        "MATCH (n) WHERE n[$property] IS NOT NULL RETURN n.key AS key, n[$property] AS value "
        "ORDER BY key",
        property=model.property,
    )
    return {row["key"]: row["value"] for row in rows}


def similar(connection: Connection) -> list[tuple[str, str, float]]:
    slot = live_models(connection)["knn"].slot
    rows = connection.execute(
        "MATCH (a:Product)-[r:SIMILAR {slot: $slot}]->(b:Product) "
        "RETURN a.key AS a, b.key AS b, r.score AS score ORDER BY a, score DESC, b",
        slot=slot,
    )
    return [(row["a"], row["b"], row["score"]) for row in rows]


@pytest.mark.parametrize("kind", OF_SNAPSHOT)
def test_a_job_gives_the_same_twice_and_after_a_rebuild_in_another_order(
    connection: Connection, settings: Settings, kind: str
) -> None:
    run_jobs(connection, settings, [kind])
    first = stored(connection, kind)
    (again,) = run_jobs(connection, settings, [kind], force=True)
    assert (again.version, again.slot, again.unchanged) == (2, "b", False)
    assert stored(connection, kind) == first
    rows = edges()
    random.Random(3).shuffle(rows)
    load(connection, rows)
    run_jobs(connection, settings, [kind])
    assert stored(connection, kind) == first


@pytest.mark.parametrize("kind", ["node2vec", "hashgnn"])
def test_vectors_lead_to_products_of_the_same_group(
    connection: Connection, settings: Settings, kind: str
) -> None:
    run_jobs(connection, settings, [kind])
    found = stored(connection, kind)
    assert len(found) == GROUPS * PER_GROUP
    vectors = np.array(list(found.values()))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)
    groups = np.array([group_of(key) for key in found])
    nearest = np.argsort(-likeness, axis=1)[:, :5]
    assert (groups[nearest] == groups[:, None]).mean() > 0.95
    (row,) = connection.execute(
        "MATCH (m:Model {kind: $kind, live: true}) MATCH (p:Product {key: $key}) "
        "CALL db.index.vector.queryNodes(m.index, 5, p[m.property]) YIELD node "
        "RETURN collect(node.key) AS keys",
        kind=kind,
        key="product:t:2-03",
    )
    assert {group_of(key) for key in row["keys"]} == {"2"}


def test_communities_are_the_planted_groups_and_take_their_brands_along(
    connection: Connection, settings: Settings
) -> None:
    (report,) = run_jobs(connection, settings, ["community"])
    found = stored(connection, "community")
    assert report.metrics["communities"] == GROUPS
    assert report.metrics["modularity"] > 0.7
    for group in range(GROUPS):
        members = {v for k, v in found.items() if k.startswith(f"product:t:{group}")}
        assert members == {group}
        assert found[f"brand:{group}"] == group
    assert not any(key.startswith("user:") for key in found)


def test_ranks_are_those_of_the_definition(connection: Connection, settings: Settings) -> None:
    run_jobs(connection, settings, ["pagerank"])
    found = stored(connection, "pagerank")
    # By power iteration on the undirected graph; GDS lets ranks add up to the number of nodes.
    keys = sorted({row[end] for row in edges() for end in ("head", "tail")})
    place = {key: n for n, key in enumerate(keys)}
    matrix = np.zeros((len(keys), len(keys)))
    for row in edges():
        a, b = place[row["head"]], place[row["tail"]]
        matrix[a, b] = matrix[b, a] = 1
    ranks = np.ones(len(keys))
    for _ in range(200):
        ranks = 0.15 + 0.85 * (matrix / matrix.sum(axis=0)) @ ranks
    for key, rank in found.items():
        assert rank == pytest.approx(ranks[place[key]], rel=1e-3)
    assert max(found, key=found.__getitem__).startswith("brand:")


def test_nearest_products_are_the_exact_ones_and_the_same_twice(
    connection: Connection, settings: Settings
) -> None:
    configs = {"knn": KnnConfig(neighbours=5)}
    run_jobs(connection, settings, ["structure"])
    (report,) = run_jobs(connection, settings, ["knn"], configs=configs)
    first = similar(connection)
    assert report.written == len(first) == GROUPS * PER_GROUP * 5
    vectors = stored(connection, "structure")
    keys, table = list(vectors), np.array(list(vectors.values()))
    cosines = table @ table.T
    np.fill_diagonal(cosines, -2)
    best = -np.sort(-cosines, axis=1)[:, :5]
    place = {key: n for n, key in enumerate(keys)}
    scores = np.array([score for _, _, score in first]).reshape(-1, 5)
    order = [place[a] for a, _, _ in first[::5]]
    recall = (scores >= (1 + best[order][:, 4:]) / 2 - 1e-6).mean()
    assert recall > 0.98
    np.testing.assert_allclose(
        [score for _, _, score in first],
        [(1 + cosines[place[a], place[b]]) / 2 for a, b, _ in first],
        atol=1e-5,
    )
    run_jobs(connection, settings, ["knn"], configs=configs, force=True)
    assert similar(connection) == first
    # Vectors of another version are other data, even if they happen to be the same.
    run_jobs(connection, settings, ["structure"], force=True)
    (anew,) = run_jobs(connection, settings, ["knn"], configs=configs)
    assert (anew.version, anew.unchanged) == (3, False)


def test_nearest_products_need_vectors(connection: Connection, settings: Settings) -> None:
    with pytest.raises(NotPublishedError, match="catalograph embed structure"):
        run_jobs(connection, settings, ["knn"])


def test_values_and_edges_switch_and_roll_back_like_vectors(
    connection: Connection, settings: Settings
) -> None:
    run_jobs(connection, settings, ["community"])
    connection.execute("MATCH (p:Product {key: 'product:t:3-00'}) DETACH DELETE p")
    run_jobs(connection, settings, ["community"])
    models = {m.version: (m.slot, m.live, m.property) for m in list_models(connection)}
    assert models == {1: ("a", False, "community_a"), 2: ("b", True, "community_b")}
    assert roll_back(connection, "community").version == 1
    assert len(stored(connection, "community")) == GROUPS * (PER_GROUP + 6) - 1


def test_a_kind_is_learned_again_as_its_live_version_was_and_erasing_makes_it_stale(
    connection: Connection, settings: Settings
) -> None:
    from catalograph.store.models.retraining import (
        mark_stale,
        stale_models,
    )

    configs = {
        "node2vec": Node2VecConfig(dimension=24),
        "knn": KnnConfig(vectors="node2vec", neighbours=2),
    }
    run_jobs(connection, settings, ["node2vec"], configs=configs)
    run_jobs(connection, settings, ["knn"], configs=configs)
    assert mark_stale(connection) == ["knn", "node2vec"]
    # As `erase` does it: kinds alone, those that build on others last.
    run_jobs(connection, settings, ["node2vec"], force=True)
    (knn,) = run_jobs(connection, settings, list(DEPENDENT_KINDS), force=True)
    assert knn.written == 2 * GROUPS * PER_GROUP
    assert live_models(connection)["node2vec"].dimension == 24
    assert stale_models(connection) == []
    left = connection.execute(
        "MATCH (n) UNWIND keys(n) AS name WITH DISTINCT name WHERE name STARTS WITH 'node2vec' "
        "RETURN name UNION MATCH ()-[r:SIMILAR]->() RETURN DISTINCT r.slot AS name"
    )
    assert sorted(row["name"] for row in left) == ["b", "node2vec_embedding_b"]


def test_the_command_line_learns_and_shows_the_card(
    settings: Settings, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["embed", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    (job,) = json.loads(call("community", "--gamma", "1.5", "--json"))["jobs"]
    assert (job["kind"], job["version"]) == ("community", 1)
    connection.execute("CREATE (:Product {key: 'product:t:lonely', listed: true})")
    (job,) = json.loads(call("structure", "--json"))["jobs"]
    assert job["skipped"]["zero"] == 1
    assert "1 zero" in call("structure", "--force")
    card = call("card", "community")
    assert "# Model card: community, version 1" in card
    for line in ("| gamma | 1.5 |", f"| products | {GROUPS * PER_GROUP} |", "| gds | 2.13."):
        assert line in card
    assert "| not taken | 1 zero |" in call("card", "structure:2")


def test_nothing_of_it_counts_as_said_by_a_record(
    connection: Connection, settings: Settings
) -> None:
    before = content_hash(connection), export_snapshot(connection).data_hash
    run_jobs(connection, settings, [*OF_SNAPSHOT, "structure"])
    run_jobs(connection, settings, ["knn"])
    assert (content_hash(connection), export_snapshot(connection).data_hash) == before


def test_what_does_not_fit_is_refused_with_what_to_do(
    connection: Connection, settings: Settings
) -> None:
    # A hundred million walks from each node.
    configs = {"node2vec": Node2VecConfig(walks_per_node=100_000_000)}
    with pytest.raises(ResourceError, match=r"node2vec on \d+ nodes .* CATALOGRAPH_SERVER__HEAP"):
        run_jobs(connection, settings, ["node2vec"], configs=configs)
    assert list_models(connection) == []


@pytest.mark.parametrize(("kind", "name"), [("community", "leiden"), ("knn", "knn")])
def test_nothing_is_left_in_the_catalogue_after_a_failure(
    connection: Connection, settings: Settings, kind: str, name: str
) -> None:
    run_jobs(connection, settings, ["structure"])
    with gds_client(connection) as gds, pytest.MonkeyPatch.context() as patch:
        algorithm = type(getattr(gds, name))
        stream = algorithm.stream

        def fail(*args: Any, **options: Any) -> None:
            assert [graph.graph_name for graph in gds.graph.list()] == [PROJECTION]
            stream(*args, **options, node_labels=["Nowhere"])

        patch.setattr(algorithm, "stream", fail)
        with pytest.raises(CatalographError, match="Nowhere"):
            run_jobs(connection, settings, [kind])
        assert gds.graph.list() == []
    assert set(live_models(connection)) == {"structure"}
