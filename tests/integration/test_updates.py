"""Withdrawals, roll-backs and runs on a real Neo4j."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from catalograph.errors import (
    InvalidInputError,
    NotFoundError,
    RollbackError,
    RunCancelledError,
)
from catalograph.schema import (
    ONTOLOGY,
    InteractionRecord,
    Node,
    SourceRecord,
    SourceSupport,
    Triple,
    brand,
    category,
    keys,
    unlisted_product,
    value,
)
from catalograph.schema.graph_types import PropertyType
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    Writer,
    cancel_run,
    connect,
    content_hash,
    list_runs,
    prune_runs,
    read_run,
    roll_back_run,
)
from catalograph.store.ledger import (
    runs,
)
from tests.conftest import wipe

pytestmark = pytest.mark.neo4j

COLUMN = SourceSupport("column")


@pytest.fixture
def writer(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Writer:
    wipe(connection)
    monkeypatch.setattr(runs, "BEAT_SECONDS", 0.0)
    return Writer(connection)


def product(id_: str) -> str:
    return keys.product_key("shop", id_)


def record(id_: str, *tails: tuple[str, Node], kind: str = "catalog", **said: Any) -> SourceRecord:
    """A record of a catalogue; of another kind it describes nothing."""
    triples = tuple(Triple(product(id_), relation, tail, COLUMN) for relation, tail in tails)
    fixed = {"source": "shop", "id": id_, "listed": True, "title": f"Lamp {id_}"}
    node = Node("Product", product(id_), fixed | said)
    stamp = str(hash((id_, kind, str(tails), str(said))))
    nodes = (node,) if kind == "catalog" else ()
    return SourceRecord(keys.source_key("shop", kind, id_), "shop", stamp, nodes, triples)


def review(id_: str, of: str, stars: float = 5.0) -> InteractionRecord:
    said = {"source": "shop", "id": id_, "content_hash": f"{id_}{stars}", "rating": stars}
    node = Node("Review", keys.review_key("shop", id_), said)
    return InteractionRecord(node, keys.user_key("shop", "ada", b"s"), product(of))


def everything(connection: Connection) -> set[str]:
    rows = connection.execute(
        "MATCH (n) WHERE NOT n:GraphState AND NOT n:Run AND NOT n:Assertion "
        "AND NOT n:OutboxEntry RETURN n.key AS key"
    )
    return {row["key"] for row in rows}


def test_a_withdrawn_record_takes_its_facts_and_only_its_facts(
    writer: Writer, connection: Connection
) -> None:
    kept = record("1", ("HAS_BRAND", brand("Acme")), ("IN_CATEGORY", category(["Home"])))
    writer.write_records([kept], "r1")
    before = content_hash(connection)
    gone = record(
        "2",
        ("HAS_BRAND", brand("Acme")),
        ("HAS_BRAND", brand("Zeta")),
        ("IN_CATEGORY", category(["Home", "Light", "Desk"])),
        ("HAS_VALUE", value("colour", "Red")),
        ("ALSO_BOUGHT", unlisted_product("shop", "9")),
    )
    writer.write_records([gone], "r1")

    assert writer.withdraw_records([gone.key, "source:shop:catalog/none"], "r1") == 1
    assert content_hash(connection) == before
    assert "attribute:colour" not in everything(connection)


def test_what_models_told_of_a_product_goes_with_its_record(
    writer: Writer, connection: Connection
) -> None:
    writer.write_records([record("1")], "r1")
    told = [
        record("1", ("HAS_VALUE", value("colour", c)), kind=kind)
        for kind, c in (("text", "red"), ("imputed", "blue"), ("decided", "green"))
    ]
    writer.write_records(told, "r2")
    assert writer.withdraw_records([record("1").key], "r3") == 1
    left = connection.execute(
        "MATCH (n) WHERE NOT n:GraphState AND NOT n:OutboxEntry RETURN labels(n)[0] AS label"
    )
    assert {row["label"] for row in left} == {"Change", "Offer", "PastAssertion"}


def test_a_product_that_is_still_referred_to_is_known_by_name_only(
    writer: Writer, connection: Connection
) -> None:
    writer.write_records(
        [record("1", price=3.0), record("2", ("ALSO_BOUGHT", unlisted_product("shop", "1")))], "r1"
    )
    connection.execute(
        "MATCH (a:Product {id: '1'}), (b:Product {id: '2'}) SET a.text_embedding_a = [1.0] "
        "CREATE (a)-[:CO_PREFERRED {slot: 'a'}]->(b), (c:Cluster {key: 'cluster:1'}) "
        "CREATE (a)-[:MEMBER_OF]->(c)<-[:MEMBER_OF]-(b)"
    )
    writer.withdraw_records([record("1").key], "r2")
    left = "MATCH (p:Product {id: '1'}) RETURN properties(p {.*, change: null}) AS p"
    assert connection.execute(left) == [
        {"p": {"key": product("1"), "source": "shop", "id": "1", "listed": False, "change": None}}
    ]
    assert "cluster:1" not in everything(connection)
    edges = connection.execute("MATCH (:Product)-[r]-(:Product) RETURN DISTINCT type(r) AS type")
    assert edges == [{"type": "ALSO_BOUGHT"}]

    writer.withdraw_records([record("2").key], "r2")
    assert not [key for key in everything(connection) if key.startswith("product:")]


def test_the_best_spelling_of_those_that_are_left_stays(
    writer: Writer, connection: Connection
) -> None:
    writer.write_records([record("1", ("IN_CATEGORY", category(["PHOTO", "Bags"])))], "r1")
    better = record("2", ("IN_CATEGORY", category(["Photo", "Bags"])))
    writer.write_records([better], "r1")
    names = "MATCH (c:Category) RETURN c.name AS name ORDER BY c.key"
    assert [row["name"] for row in connection.execute(names)] == ["Photo", "Bags"]
    writer.withdraw_records([better.key], "r2")
    assert [row["name"] for row in connection.execute(names)] == ["PHOTO", "Bags"]


def test_a_property_that_a_record_says_no_more_is_gone(
    writer: Writer, connection: Connection
) -> None:
    writer.write_records([record("1", price=3.0)], "r1")
    writer.write_records([record("1", url="u")], "r2")
    row = "MATCH (p:Product) RETURN p.price AS price, p.url AS url"
    assert connection.execute(row) == [{"price": None, "url": "u"}]


def test_withdrawn_and_changed_reviews_leave_nothing_behind(
    writer: Writer, connection: Connection
) -> None:
    writer.write_interactions([review("1", "7")], "r1")
    connection.execute(
        "MATCH (r:Review) CREATE (r)-[:MENTIONS {sentiment: 'positive'}]->"
        "(:Value {key: 'value:aspect=light', attribute: 'aspect', name: 'light'})"
    )
    writer.write_interactions([review("1", "8", 1.0)], "r2")
    assert {k for k in everything(connection) if not k.startswith("change:")} == {
        review("1", "8").node.key,
        review("1", "8").user,
        product("8"),
    }
    assert writer.withdraw_interactions([review("1", "8").node.key], "r3") == 1
    assert not [k for k in everything(connection) if not k.startswith("change:")]


def test_a_rolled_back_run_restores_reviews_with_what_they_mention(
    writer: Writer, connection: Connection
) -> None:
    run = writer.start_run("reviews")
    writer.write_interactions([review("1", "7")], run)
    connection.execute(
        "MATCH (r:Review) CREATE (r)-[:MENTIONS {sentiment: 'positive'}]->"
        "(:Value {key: 'value:aspect=light', attribute: 'aspect', name: 'Light'})"
        "-[:VALUE_OF]->(:Attribute {key: 'attribute:aspect', name: 'aspect'})"
    )
    writer.finish_run(run, {})
    before = content_hash(connection)
    second = writer.start_run("reviews")
    writer.write_interactions([review("1", "8", 1.0)], second)
    writer.finish_run(second, {})
    assert roll_back_run(writer, second).restored == 1
    assert content_hash(connection) == before


SAMPLES: dict[PropertyType, Any] = {
    PropertyType.STRING: "x",
    PropertyType.FLOAT: 2.5,
    PropertyType.INTEGER: 3,
    PropertyType.STRING_LIST: ["04006381333931"],
    PropertyType.DATETIME: datetime(2026, 1, 2, tzinfo=UTC),
}


def test_a_roll_back_restores_every_property_of_a_product(
    writer: Writer, connection: Connection
) -> None:
    derived = {"changed", "search_brands", "search_values", "offer_since"}
    optional = [s for s in ONTOLOGY.node("Product").properties if not s.required]
    whole = {spec.name: SAMPLES[spec.type] for spec in optional if spec.name not in derived}
    writer.write_records([record("1", **whole)], "r1")
    before = content_hash(connection)
    run = run_of(writer, record("1"))
    assert content_hash(connection) != before
    roll_back_run(writer, run)
    assert content_hash(connection) == before


def run_of(writer: Writer, *records: SourceRecord) -> str:
    run = writer.start_run("catalog", {"paths": ["x"]})
    writer.write_records(records, run)
    writer.finish_run(run, {})
    return run


def test_a_run_is_rolled_back_only_before_the_ones_that_changed_the_same(
    writer: Writer, connection: Connection
) -> None:
    first = run_of(writer, record("1"), record("2"))
    other = run_of(writer, record("3"))
    second = run_of(writer, record("1", price=2.0))

    with pytest.raises(RollbackError, match=second):
        roll_back_run(writer, first)
    done = roll_back_run(writer, second)
    assert (done.restored, done.removed) == (1, 0)
    assert roll_back_run(writer, second).run is None
    assert (roll_back_run(writer, first).removed, read_run(connection, first).status) == (
        2,
        "rolled back",
    )
    assert read_run(connection, other).status == "finished"
    assert product("3") in everything(connection)
    with pytest.raises(RollbackError, match="itself a roll-back"):
        roll_back_run(writer, str(done.run))
    with pytest.raises(NotFoundError):
        roll_back_run(writer, "none")


def test_new_records_keep_nothing_and_old_changes_are_pruned(
    writer: Writer, connection: Connection
) -> None:
    first = run_of(writer, record("1"))
    changes = "MATCH (c:Change) RETURN count(c) AS n"
    assert connection.execute(changes) == [{"n": 0}]
    run_of(writer, record("1", price=2.0))
    assert connection.execute(changes) == [{"n": 1}]
    assert prune_runs(connection, 1) == 0
    assert prune_runs(connection, 0) == 1
    with pytest.raises(RollbackError, match="too old"):
        roll_back_run(writer, first)


def test_a_run_is_cancelled_at_its_next_batch(writer: Writer, connection: Connection) -> None:
    run = writer.start_run("catalog", {"paths": ["a.jsonl"]})
    writer.note_progress(run, "writing", 0.5, 10)
    writer.write_records([record("1")], run)
    with pytest.raises(RollbackError, match="is running"):
        roll_back_run(writer, run)
    cancel_run(connection, run)
    with pytest.raises(RunCancelledError):
        writer.write_records([record("2")], run)
    writer.fail_run(run, "later words do not count")
    found = read_run(connection, run)
    assert (found.status, found.arguments, found.error) == (
        "cancelled",
        {"paths": ["a.jsonl"]},
        None,
    )
    assert (found.progress["written"], found.progress["share"]) == (1, 0.5)
    assert [r.id for r in list_runs(connection)] == [run]
    with pytest.raises(InvalidInputError):
        cancel_run(connection, run)
    assert product("1") in everything(connection)


def test_a_run_whose_process_is_gone_was_killed(writer: Writer, connection: Connection) -> None:
    run = writer.start_run("catalog")
    assert read_run(connection, run).status == "running"
    connection.execute("MATCH (r:Run) SET r.process = split(r.process, '/')[0] + '/999999999/1'")
    assert read_run(connection, run).status == "killed"
    connection.execute("MATCH (r:Run) SET r.process = 'elsewhere/1/1'")
    assert read_run(connection, run).status == "running"
    connection.execute("MATCH (r:Run) SET r.beat = datetime() - duration('PT1H')")
    assert read_run(connection, run).status == "killed"


def test_changed_products_are_those_of_which_something_else_is_said(writer: Writer) -> None:
    writer.write_records([record("1"), record("2"), record("3")], "r1")
    since = datetime.now(UTC)
    same, changed = record("1"), record("2", ("HAS_BRAND", brand("Acme")))
    told = record("3", ("HAS_VALUE", value("colour", "red")), kind="text")
    counts = writer.write_records([same, changed, told], "r2")
    assert counts.touched == 2
    assert writer.changed_products(since) == [product("2"), product("3")]


def test_record_keys_come_in_order_and_pages(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalograph.store.ledger.write.KEYS_PER_PAGE", 2)
    writer.write_records([record(str(n)) for n in range(5)], "r1")
    writer.write_interactions([review("1", "1")], "r1")
    found = list(writer.list_record_keys("source:shop:catalog/"))
    assert found == [f"source:shop:catalog/{n}" for n in range(5)]
    assert writer.read_content_hashes([found[0], "x"]).keys() == {found[0]}


def test_writers_and_withdrawers_at_once_lose_nothing(
    writer: Writer, connection: Connection, settings: Settings
) -> None:
    records = [
        record(
            str(n),
            ("HAS_BRAND", brand(f"b{n % 3}")),
            ("IN_CATEGORY", category([f"c{n % 2}", f"d{n % 5}"])),
            ("ALSO_BOUGHT", unlisted_product("shop", str((n + 1) % 40))),
        )
        for n in range(40)
    ]
    kept = [r for n, r in enumerate(records) if n % 4]
    writer.write_records(kept, "r")
    expected = content_hash(connection)
    wipe(connection)
    failures: list[BaseException] = []

    def work(part: int) -> None:
        try:
            with connect(settings) as own:
                mine = Writer(own)
                wanted = records[part::4]
                for _ in range(3):
                    mine.write_records(wanted, "r")
                    mine.withdraw_records([r.key for r in wanted], "r")
                if part:
                    mine.write_records(wanted, "r")
        except BaseException as exc:  # noqa: BLE001, a thread must tell its fault
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert content_hash(connection) == expected


def test_a_support_is_restored_with_the_run_that_wrote_it(
    writer: Writer, connection: Connection
) -> None:
    old = record("1", ("HAS_VALUE", value("size", "5 cm", number=5.0, unit="cm")))
    first = run_of(writer, old)
    second = run_of(writer, replace(old, content_hash="x", triples=()))
    roll_back_run(writer, second)
    rows = connection.execute(
        "MATCH (v:Value), ()-[s:SUPPORTED_BY]->() RETURN v.number AS number, v.unit AS unit, "
        "s.run AS run"
    )
    assert rows == [{"number": 5.0, "unit": "cm", "run": first}]
