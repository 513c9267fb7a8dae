"""The ledger on a real Neo4j: idempotent, provable, withdrawn exactly."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from catalograph.schema import (
    InteractionRecord,
    Node,
    Origin,
    SourceRecord,
    SourceSupport,
    Span,
    Triple,
    brand,
    category,
    keys,
    unlisted_product,
    value,
)
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    WriteCounts,
    Writer,
    connect,
    content_hash,
)
from tests.conftest import wipe

pytestmark = pytest.mark.neo4j

COLUMN = SourceSupport("column")


def lamp(n: int, *triples: Triple, version: str = "1", **properties: Any) -> SourceRecord:
    key = keys.product_key("shop", str(n))
    fixed = {"source": "shop", "id": str(n), "listed": True, "title": f"Lamp {n}"}
    return SourceRecord(
        key=keys.source_key("shop", "catalog", str(n)),
        source="shop",
        content_hash=f"{n}-{version}",
        nodes=(Node("Product", key, fixed | properties),),
        triples=triples,
    )


def says(n: int, relation: str, tail: Node, support: SourceSupport = COLUMN) -> Triple:
    return Triple(keys.product_key("shop", str(n)), relation, tail, support)


def red(n: int) -> Triple:
    span = Span("title", 0, 3)
    return says(
        n,
        "HAS_VALUE",
        value("colour", "Red"),
        SourceSupport("lexicon", "2", Origin.EXTRACTED, 0.9, span),
    )


def two_lamps() -> list[SourceRecord]:
    return [
        lamp(1, says(1, "HAS_BRAND", brand("Acme")), red(1), price=9.5),
        lamp(
            2,
            says(2, "HAS_BRAND", brand("ACME")),
            says(2, "IN_CATEGORY", category(["Home", "Light"])),
        ),
    ]


@pytest.fixture
def writer(connection: Connection) -> Writer:
    wipe(connection)
    return Writer(connection)


def one(connection: Connection, text: str, **parameters: Any) -> Any:
    [row] = connection.execute(text, **parameters)
    return next(iter(row.values()))


def test_every_fact_edge_says_where_it_comes_from(writer: Writer, connection: Connection) -> None:
    assert writer.write_records(two_lamps(), "r1") == WriteCounts(written=2)

    edges = one(connection, "MATCH ()-[r:HAS_BRAND|HAS_VALUE|IN_CATEGORY]->() RETURN count(r)")
    explained = one(
        connection,
        "MATCH (h)-[r:HAS_BRAND|HAS_VALUE|IN_CATEGORY]->(t)"
        " MATCH (a:Assertion {key: 'assertion:' + h.key + '\t' + type(r) + '\t' + t.key})"
        " WHERE EXISTS { (a)-[:SUPPORTED_BY {run: 'r1'}]->(:Source) } RETURN count(r)",
    )
    assert (edges, explained) == (4, 4)
    span = one(
        connection,
        "MATCH (:Value {name: 'Red'})<-[r]-(p)"
        " MATCH (a:Assertion {key: 'assertion:' + p.key + '\tHAS_VALUE\tvalue:colour=red'})"
        "-[s:SUPPORTED_BY]->()"
        " RETURN [s.origin, s.extractor, s.field, s.start, s.end, s.confidence]",
    )
    assert span == ["EXTRACTED", "lexicon", "title", 0, 3, 0.9]


def test_catalogues_meet_in_brands_and_values_and_their_definitions(
    writer: Writer, connection: Connection
) -> None:
    writer.write_records(two_lamps(), "r1")

    assert one(connection, "MATCH (b:Brand) RETURN collect(b.name)") == ["Acme"]
    assert one(connection, "MATCH (:Value)-[:VALUE_OF]->(a) RETURN a.key") == "attribute:colour"
    chain = "MATCH (c:Category)-[:CHILD_OF]->(p) RETURN [c.key, p.key]"
    assert one(connection, chain) == ["category:home/light", "category:home"]


def test_writing_twice_changes_nothing(writer: Writer, connection: Connection) -> None:
    writer.write_records(two_lamps(), "r1")
    before = content_hash(connection)

    assert writer.count_changes(two_lamps()) == WriteCounts(unchanged=2)
    assert Writer(connection).write_records(two_lamps(), "r2") == WriteCounts(unchanged=2)
    assert content_hash(connection) == before
    assert one(connection, "MATCH ()-[s:SUPPORTED_BY]->() RETURN collect(DISTINCT s.run)") == ["r1"]


def test_any_order_gives_the_same_graph(writer: Writer, connection: Connection) -> None:
    writer.write_records(two_lamps(), "r1")
    first = content_hash(connection)
    wipe(connection)

    other = Writer(connection)
    for record in reversed(two_lamps()):
        other.write_records([record], "r1")
    assert content_hash(connection) == first


def test_a_changed_record_takes_only_its_own_facts_back(
    writer: Writer, connection: Connection
) -> None:
    writer.write_records(two_lamps(), "r1")
    also = SourceRecord("source:other:triples/1", "other", "x", triples=(red(1),))
    writer.write_records([also], "r1")

    changed = lamp(1, says(1, "HAS_BRAND", brand("Bright")), version="2", price=None)
    assert writer.write_records([changed], "r2") == WriteCounts(written=1)

    brands = "MATCH (p:Product {id: '1'})-[:HAS_BRAND]->(b) RETURN collect(b.name)"
    assert one(connection, brands) == ["Bright"]
    # Another source still says red; the price went with its record.
    assert one(connection, "MATCH (p {id: '1'})-[:HAS_VALUE]->(v) RETURN v.name") == "Red"
    assert one(connection, "MATCH (p:Product {id: '1'}) RETURN p.price") is None
    assert (
        one(connection, "MATCH (:Source {key: 'source:other:triples/1'})<-[s]-() RETURN count(s)")
        == 1
    )

    gone = replace(also, content_hash="y", triples=())
    writer.write_records([gone], "r3")
    assert one(connection, "MATCH (v:Value) RETURN count(v)") == 0
    orphans = "MATCH (a:Assertion) WHERE NOT (a)-[:SUPPORTED_BY]->() RETURN count(a)"
    assert one(connection, orphans) == 0


def test_the_same_support_read_elsewhere_replaces_its_span(
    writer: Writer, connection: Connection
) -> None:
    writer.write_records([lamp(1, red(1))], "r1")
    moved = replace(red(1).support, span=Span("description", 7, 10))
    writer.write_records([lamp(1, replace(red(1), support=moved), version="2")], "r2")

    row = "MATCH ()-[s:SUPPORTED_BY]->() RETURN collect([s.field, s.start, s.run])"
    assert one(connection, row) == [["description", 7, "r2"]]


def event(n: int, user: str | None, product: int, version: str = "1") -> InteractionRecord:
    key = keys.event_key("shop", str(n))
    properties = {"source": "shop", "id": str(n), "kind": "click", "content_hash": f"{n}{version}"}
    return InteractionRecord(
        Node("Event", key, properties), user, keys.product_key("shop", str(product))
    )


def test_events_join_users_to_products_even_before_the_catalogue_comes(
    writer: Writer, connection: Connection
) -> None:
    ada = keys.user_key("shop", "ada", b"s")
    assert writer.write_interactions([event(1, ada, 7), event(2, None, 7)], "r") == WriteCounts(2)

    path = (
        "MATCH (u:User)-[:PERFORMED]->(e:Event:Source)-[:ON]->(p) RETURN [u.key, p.key, p.listed]"
    )
    assert one(connection, path) == [ada, "product:shop:7", False]
    writer.write_records([lamp(7)], "r")
    assert one(connection, path) == [ada, "product:shop:7", True]
    # A later mention leaves the listed product as it is.
    Writer(connection).write_interactions([event(3, ada, 7)], "r")
    assert one(connection, "MATCH (p:Product) RETURN collect(p.listed)") == [True]


def test_a_changed_event_moves_its_edges(writer: Writer, connection: Connection) -> None:
    ada = keys.user_key("shop", "ada", b"s")
    writer.write_interactions([event(1, ada, 7)], "r")
    assert writer.write_interactions([event(1, ada, 8, "2")], "r") == WriteCounts(1)
    assert writer.write_interactions([event(1, ada, 8, "2")], "r") == WriteCounts(0, 1)

    assert one(connection, "MATCH (:Event)-[:ON]->(p) RETURN collect(p.id)") == ["8"]
    assert one(connection, "MATCH (:User)-[r:PERFORMED]->() RETURN count(r)") == 1


def test_concurrent_writers_of_the_same_facts_lose_nothing(
    writer: Writer, connection: Connection, settings: Settings
) -> None:
    records = [
        lamp(
            n,
            says(n, "HAS_BRAND", brand(f"b{n % 3}")),
            says(n, "ALSO_BOUGHT", unlisted_product("shop", "x")),
        )
        for n in range(60)
    ]
    writer.write_records(records, "r")
    expected = content_hash(connection)
    wipe(connection)
    failures: list[BaseException] = []

    def work(offset: int) -> None:
        try:
            with connect(settings) as own:
                mine = Writer(own)
                for n in range(0, 60, 10):
                    start = (n + offset) % 60
                    mine.write_records(records[start : start + 10], "r")
        except BaseException as exc:  # noqa: BLE001, a thread must tell its fault
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(k * 10,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert content_hash(connection) == expected
