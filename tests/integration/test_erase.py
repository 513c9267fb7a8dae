"""Nothing is left of an erased user: every text in the graph and in the files is searched."""

import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.ingest import EventMapping
from catalograph.ingest.quarantine import WriteFailure, open_quarantine, purge_quarantine
from catalograph.ingest.watch import watch_folder
from catalograph.schema import (
    InteractionRecord,
    Node,
    SourceRecord,
    SourceSupport,
    Triple,
    keys,
    value,
)
from catalograph.settings import Settings, load_settings
from catalograph.store import (
    Connection,
    OrphanCounts,
    Writer,
    connect,
    content_hash,
    count_orphans,
    erase_orphans,
    erase_user,
    stale_models,
)
from catalograph.store.managed_server import diagnose
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
    """All properties of all nodes and edges as one text, without the names of changed products."""
    nodes = connection.execute(
        "MATCH (n) WHERE NOT n:OutboxEntry RETURN collect(properties(n)) AS all"
    )
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
        quarantine.put(
            [WriteFailure("model", "shop", "", "review:shop:a1", "model_output", **about)]
        )
    assert any(b"Ada likes it." in path.read_bytes() for path in tmp_path.iterdir())
    assert purge_quarantine(settings, ["review:shop:a1"]) == 1
    assert not any(b"Ada likes it." in path.read_bytes() for path in tmp_path.iterdir())


def ends(connection: Connection, key: str) -> tuple[str | None, str | None]:
    """Keys of the user and the product of a review or event."""
    (row,) = connection.execute(
        "MATCH (n:Source {key: $key}) OPTIONAL MATCH (u:User)-[:WROTE|PERFORMED]->(n) "
        "OPTIONAL MATCH (n)-[:REVIEWS|ON]->(p:Product) RETURN u.key AS user, p.key AS product",
        key=key,
    )
    return row["user"], row["product"]


def test_a_writer_that_outlives_an_erasure_writes_user_and_product_anew(
    writer: Writer, connection: Connection, settings: Settings
) -> None:
    product = keys.product_key("shop", "9")
    writer.write_interactions([event("e1", ADA, "9")], "r1")
    with connect(settings) as other:
        assert erase_user(Writer(other), ADA).records == ("event:shop:e1",)
    assert connection.execute("MATCH (n:User|Product) RETURN n") == []

    counts = writer.write_interactions(
        [event("e2", ADA, "9"), review("a1", ADA, "9", "Ada again.")], "r2"
    )
    assert counts.written == 2
    assert ends(connection, "event:shop:e2") == (ADA, product)
    assert ends(connection, "review:shop:a1") == (ADA, product)
    # So the next erasure finds them.
    assert erase_user(writer, ADA).records == ("event:shop:e2", "review:shop:a1")
    assert ADA not in texts(connection)


def test_a_writer_makes_an_attribute_anew_that_another_process_removed(
    writer: Writer, connection: Connection, settings: Settings
) -> None:
    def lamp(id_: str, colour: str) -> SourceRecord:
        key = keys.product_key("shop", id_)
        said = {"source": "shop", "id": id_, "listed": True, "title": "Lamp"}
        fact = Triple(key, "HAS_VALUE", value("colour", colour), SourceSupport("column"))
        source = keys.source_key("shop", "catalog", id_)
        return SourceRecord(source, "shop", colour, (Node("Product", key, said),), (fact,))

    first = lamp("1", "red")
    writer.write_records([first], "r1")
    with connect(settings) as other:
        Writer(other).withdraw_records([first.key], "r2")
    assert connection.execute("MATCH (n:Attribute) RETURN n") == []

    writer.write_records([lamp("2", "blue")], "r3")
    assert connection.execute(
        "MATCH (v:Value)-[:VALUE_OF]->(a:Attribute) RETURN v.key AS value, a.key AS attribute"
    ) == [{"value": "value:colour=blue", "attribute": "attribute:colour"}]


def test_a_watched_folder_goes_on_after_an_erasure(
    writer: Writer, connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    mapping = EventMapping.model_validate(
        {"source": "shop", "event": "what", "product": "item", "id": "id", "user": "who"}
        | {"query": "words"}
    )
    zoe = keys.user_key("shop", "zoe", settings.user_hmac_key)

    def drop(name: str, *rows: dict[str, str]) -> None:
        lines = b"".join(orjson.dumps(row | {"who": "zoe"}) + b"\n" for row in rows)
        (tmp_path / f"{name}.part").write_bytes(lines)
        (tmp_path / f"{name}.part").rename(tmp_path / name)

    stop = threading.Event()
    watched = watch_folder(tmp_path, writer, settings, mapping, stop=stop, settle=0)
    drop("one.jsonl", {"id": "w1", "what": "view", "item": "9"})
    assert next(watched).error == ""
    with connect(settings) as other:
        assert erase_user(Writer(other), zoe).records == ("event:shop:w1",)
    drop(
        "two.jsonl",
        {"id": "w2", "what": "query", "words": "zoe private words"},
        {"id": "w3", "what": "view", "item": "9"},
    )
    report = next(watched).report
    stop.set()
    assert report is not None
    assert report.written == 2
    assert ends(connection, "event:shop:w2") == (zoe, None)
    assert ends(connection, "event:shop:w3") == (zoe, keys.product_key("shop", "9"))

    erase_user(writer, zoe)
    assert "zoe private words" not in texts(connection)


def test_records_that_lost_their_product_are_found_and_erased(
    writer: Writer, connection: Connection, settings: Settings
) -> None:
    anonymous = InteractionRecord(event("e2", ADA, "1").node, None, keys.product_key("shop", "1"))
    said = {"source": "shop", "id": "q", "content_hash": "q", "kind": "query", "query": "lamps"}
    query = InteractionRecord(Node("Event", "event:shop:q", said), BOB)
    writer.write_interactions(
        [event("e1", ADA, "1"), anonymous, query, review("b", BOB, "1", "Bob likes it.")], "r1"
    )
    assert count_orphans(connection) == OrphanCounts(without_product=0, without_user=1)
    check = next(c for c in diagnose(settings) if c.name == "records")
    assert check.ok

    # As an earlier version wrote events after an erasure.
    connection.execute(
        "CREATE (n:Event:Source {key: 'event:shop:e3', source: 'shop', id: 'e3',"
        " content_hash: 'e3', kind: 'view'})"
    )
    assert count_orphans(connection) == OrphanCounts(without_product=1, without_user=2)
    check = next(c for c in diagnose(settings) if c.name == "records")
    assert not check.ok
    assert check.detail.startswith("1 reviews and events lack their product")
    assert "catalograph erase orphans" in check.remedy

    purged: list[str] = []
    assert erase_orphans(writer, "else") == []
    assert erase_orphans(writer, "shop", purge=purged.extend) == ["event:shop:e3"]
    assert purged == ["event:shop:e3"]
    assert count_orphans(connection) == OrphanCounts(without_product=0, without_user=1)
    assert erase_orphans(writer, "shop", without_user=True) == ["event:shop:e2"]
    assert ends(connection, "event:shop:q") == (BOB, None)
    assert ends(connection, "event:shop:e1") == (ADA, keys.product_key("shop", "1"))
