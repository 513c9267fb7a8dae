"""Nothing is left of an erased user: every text in the graph and in the files is searched."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.ingest.quarantine import Failure, open_quarantine, purge_quarantine
from catalograph.schema import InteractionRecord, Node, keys
from catalograph.settings import Settings, load_settings
from catalograph.store import Connection, Writer, content_hash, erase_user, stale_models
from tests.conftest import wipe

pytestmark = pytest.mark.neo4j

SECRET = b"s"
ADA = keys.user_key("shop", "ada@example.com", SECRET)
BOB = keys.user_key("shop", "bob@example.com", SECRET)


def review(id_: str, user: str, product: str, text: str) -> InteractionRecord:
    said = {"source": "shop", "id": id_, "content_hash": text, "text": text}
    node = Node("Review", keys.review_key("shop", id_), said)
    return InteractionRecord(node, user, keys.product_key("shop", product))


def event(id_: str, user: str, product: str) -> InteractionRecord:
    said = {"source": "shop", "id": id_, "content_hash": id_, "kind": "click"}
    node = Node("Event", keys.event_key("shop", id_), said)
    return InteractionRecord(node, user, keys.product_key("shop", product), "served:1", 0)


def texts(connection: Connection) -> str:
    """All properties of all nodes and edges as one text."""
    nodes = connection.execute("MATCH (n) RETURN collect(properties(n)) AS all")
    edges = connection.execute("MATCH ()-[r]->() RETURN collect(properties(r)) AS all")
    return orjson.dumps([nodes, edges], default=str).decode()


@pytest.fixture
def writer(connection: Connection) -> Writer:
    wipe(connection)
    return Writer(connection)


def models(connection: Connection) -> None:
    """A live and a kept preference model, with an edge each."""
    connection.execute(
        "MERGE (a:Product {key: 'product:shop:1', source: 'shop', id: '1', listed: true}) "
        "MERGE (b:Product {key: 'product:shop:2', source: 'shop', id: '2', listed: true}) "
        "CREATE (a)-[:CO_PREFERRED {slot: 'a'}]->(b), (a)-[:CO_PREFERRED {slot: 'b'}]->(b) "
        "CREATE (:Source {key: 'source:shop:catalog/1'})-[:DESCRIBES]->(a) "
        "CREATE (:Model {key: 'model:preference:1', kind: 'preference', version: 1, live: false, "
        "slot: 'a', created: datetime()}) "
        "CREATE (:Model {key: 'model:preference:2', kind: 'preference', version: 2, live: true, "
        "slot: 'b', created: datetime()})"
    )


def test_nothing_is_left_of_an_erased_user(writer: Writer, connection: Connection) -> None:
    models(connection)
    connection.execute("CREATE (:Served {key: 'served:1', items: ['product:shop:1']})")
    writer.write_interactions([review("b", BOB, "1", "Bob likes it.")], "r0")
    before = content_hash(connection)
    writer.write_interactions(
        [review("a1", ADA, "1", "Ada likes it."), review("a2", ADA, "77", "Ada was here.")], "r1"
    )
    writer.write_interactions([event("e1", ADA, "1")], "r1")
    connection.execute(
        "MATCH (r:Review {id: 'a1'}) CREATE (r)-[:MENTIONS {sentiment: 'positive'}]->"
        "(:Value {key: 'value:aspect=glow', attribute: 'aspect', name: 'glow'})"
    )
    # What runs keep of changed and withdrawn reviews names her, too.
    writer.write_interactions([review("a1", ADA, "1", "Ada hates it.")], "r2")
    writer.withdraw_interactions([keys.review_key("shop", "a2")], "r3")
    assert "Ada was here." in texts(connection)

    purged: list[str] = []
    erased = erase_user(writer, ADA, purged.extend)
    assert erased.records == tuple(
        sorted([keys.review_key("shop", "a1"), keys.review_key("shop", "a2"), "event:shop:e1"])
    )
    assert set(purged) == {ADA, *erased.records}
    found = texts(connection)
    for trace in (ADA, "ada@", "Ada ", "glow", "product:shop:77"):
        assert trace not in found
    assert "Bob likes it." in found
    assert content_hash(connection) == before


def test_models_that_learned_from_the_user_are_stale_and_kept_ones_emptied(
    writer: Writer, connection: Connection
) -> None:
    models(connection)
    writer.write_interactions([review("a1", ADA, "1", "Ada likes it.")], "r1")
    assert stale_models(connection) == []
    assert erase_user(writer, ADA).stale == ("preference",)
    assert stale_models(connection) == ["preference"]
    slots = connection.execute("MATCH ()-[r:CO_PREFERRED]->() RETURN collect(r.slot) AS slots")
    assert slots == [{"slots": ["b"]}]
    assert erase_user(writer, ADA).records == ()


def test_the_quarantine_forgets_the_user(tmp_path: Path) -> None:
    settings: Settings = load_settings(home=tmp_path)
    about: dict[str, Any] = {"detail": "Ada likes it.", "subject": "review:shop:a1"}
    with open_quarantine(settings) as quarantine:
        quarantine.put([Failure("model", "shop", "", "review:shop:a1", "model_output", **about)])
    assert any(b"Ada likes it." in path.read_bytes() for path in tmp_path.iterdir())
    assert purge_quarantine(settings, ["review:shop:a1"]) == 1
    assert not any(b"Ada likes it." in path.read_bytes() for path in tmp_path.iterdir())
