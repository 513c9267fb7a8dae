"""Facts learned from a real graph, and GDS asked for those that are missing."""

import itertools

import numpy as np
import pytest

from catalograph.embed.facts import FactsConfig, learn_facts, predict_missing
from catalograph.embed.jobs import run_jobs
from catalograph.embed.kge import KgeConfig
from catalograph.errors import ConfigError, NotPublishedError, UnknownTypeError
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    content_hash,
    export_snapshot,
    gds_client,
    live_models,
    relation_vectors,
    roll_back,
)

pytestmark = pytest.mark.neo4j
GROUPS, PER_GROUP = 4, 12


@pytest.fixture(autouse=True)
def shop(connection: Connection) -> None:
    """Groups with a brand and two sizes each; every product lacks its brand but for half."""
    connection.execute("MATCH (n) WHERE NOT n:GraphState DETACH DELETE n")
    connection.execute(
        "UNWIND range(0, $n - 1) AS n "
        "CREATE (p:Product {key: 'product:t:' + right('00' + n, 3), listed: true}) "
        "MERGE (v:Value {key: 'value:size=' + (2 * (n % $groups) + n / $groups % 2)}) "
        "CREATE (p)-[:HAS_VALUE]->(v) "
        "WITH p, n WHERE n / $groups % 4 < 2 OR n / $groups > 7 "
        "MERGE (b:Brand {key: 'brand:' + n % $groups}) CREATE (p)-[:HAS_BRAND]->(b)",
        n=GROUPS * PER_GROUP,
        groups=GROUPS,
    )
    connection.execute(
        "MATCH (p:Product {key: 'product:t:000'}), (q:Product {key: 'product:t:004'}) "
        "CREATE (u:User {key: 'user:t:1'}), (c:Category {key: 'category:a'}), "
        "(d:Category {key: 'category:a/b'}), (d)-[:CHILD_OF]->(c), (p)-[:IN_CATEGORY]->(d), "
        "(u)-[:PERFORMED]->(e:Event {key: 'event:t:1', kind: 'view'}), (e)-[:ON]->(q)"
    )


def config(model: str, **changes: object) -> FactsConfig:
    kge = KgeConfig(model=model, dimension=16, epochs=60, **changes)  # type: ignore[arg-type]
    return FactsConfig(kge, held_out=0.0)


def publish(connection: Connection, settings: Settings, chosen: FactsConfig) -> None:
    run_jobs(connection, settings, ["kge"], configs={"kge": chosen})


@pytest.mark.parametrize(
    "chosen",
    [
        config("distmult"),
        config("transe", loss="self-adversarial", queries="1vsall", negatives=8, margin=4.0),
    ],
    ids=["distmult", "transe"],
)
def test_gds_proposes_what_torch_scores_highest(
    connection: Connection, settings: Settings, chosen: FactsConfig
) -> None:
    publish(connection, settings, chosen)
    snapshot = export_snapshot(connection)
    model = learn_facts(snapshot, chosen, "cpu").model
    index = model.vocabulary.entity_index
    table = snapshot.facts["HAS_BRAND"]
    said = {(h, t) for h, t in zip(table.heads.tolist(), table.tails.tolist(), strict=True)}
    pairs = [
        (h, t)
        for h, t in itertools.product(range(len(snapshot.products)), range(len(table.tail_keys)))
        if (h, t) not in said
    ]
    scores = model.score(
        np.array([index[snapshot.products[h]] for h, _ in pairs]),
        np.full(len(pairs), model.vocabulary.relation_index["HAS_BRAND"]),
        np.array([index[table.tail_keys[t]] for _, t in pairs]),
    )
    expected: dict[str, list[float]] = {}
    for (h, _), score in zip(pairs, scores.tolist(), strict=True):
        expected.setdefault(snapshot.products[h], []).append(score)
    scored = {
        (snapshot.products[h], table.tail_keys[t]): score
        for (h, t), score in zip(pairs, scores.tolist(), strict=True)
    }
    found = predict_missing(connection, snapshot, "HAS_BRAND", first=2)
    assert len(found) == 2 * GROUPS * PER_GROUP
    for head, proposals in itertools.groupby(found, key=lambda p: p.head):
        chosen_two = list(proposals)
        best = sorted(expected[head], reverse=True)[:2]
        assert [p.score for p in chosen_two] == pytest.approx(best, abs=1e-4)
        for p in chosen_two:
            assert p.score == pytest.approx(scored[p.head, p.tail], abs=1e-4)
    with gds_client(connection) as gds:
        assert gds.graph.list() == []


def test_missing_brands_follow_from_sizes(connection: Connection, settings: Settings) -> None:
    publish(connection, settings, config("distmult"))
    snapshot = export_snapshot(connection)
    branded = {snapshot.products[n] for n in snapshot.facts["HAS_BRAND"].heads.tolist()}
    proposals = [
        p for p in predict_missing(connection, snapshot, "HAS_BRAND", 1) if p.head not in branded
    ]
    assert len(proposals) == 16
    right = [p.tail == f"brand:{int(p.head.split(':')[2]) % GROUPS}" for p in proposals]
    assert np.mean(right) > 0.9


def test_nodes_of_all_kinds_but_users_carry_vectors_by_slots(
    connection: Connection, settings: Settings
) -> None:
    before = content_hash(connection)
    publish(connection, settings, config("distmult"))
    rows = connection.execute(
        "MATCH (n) WHERE n.kge_embedding_a IS NOT NULL "
        "RETURN labels(n)[0] AS label, count(*) AS n ORDER BY label"
    )
    assert [(row["label"], row["n"]) for row in rows] == [
        ("Brand", 4),
        ("Category", 2),
        ("Product", 48),
        ("Value", 8),
    ]
    model = live_models(connection)["kge"]
    assert (model.dimension, model.written) == (16, 62)
    assert model.config["model"] == "distmult"
    assert len(model.metrics["history"]) > 0
    assert relation_vectors(connection, "kge").names == (
        "CHILD_OF",
        "HAS_BRAND",
        "HAS_VALUE:size",
        "INTERACTION",
        "IN_CATEGORY",
    )
    first = relation_vectors(connection, "kge").vectors
    publish(connection, settings, config("distmult", seed=1))
    assert live_models(connection)["kge"].slot == "b"
    assert not np.allclose(relation_vectors(connection, "kge").vectors, first)
    roll_back(connection, "kge")
    np.testing.assert_array_equal(relation_vectors(connection, "kge").vectors, first)
    assert content_hash(connection) == before


def test_what_gds_cannot_score_is_told(connection: Connection, settings: Settings) -> None:
    snapshot = export_snapshot(connection)
    with pytest.raises(NotPublishedError, match="embed kge"):
        predict_missing(connection, snapshot, "HAS_BRAND")
    publish(connection, settings, config("complex"))
    with pytest.raises(ConfigError, match="complex, which GDS cannot score"):
        predict_missing(connection, snapshot, "HAS_BRAND")
    publish(connection, settings, config("distmult"))
    with pytest.raises(UnknownTypeError, match="HAS_COLOUR.*HAS_BRAND"):
        predict_missing(connection, snapshot, "HAS_COLOUR")
