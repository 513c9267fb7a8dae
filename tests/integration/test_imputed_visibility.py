"""Imputed facts count nowhere or everywhere: pages, filters, facets, counts, search, queries."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalograph.api import create_app
from catalograph.schema import (
    Node,
    Origin,
    SourceRecord,
    SourceSupport,
    Triple,
    brand,
    category,
    keys,
    value,
)
from catalograph.settings import Settings
from catalograph.store import (
    AsyncConnection,
    Connection,
    Writer,
    content_hash,
    open_store,
    resolve_address,
    roll_back_run,
)
from catalograph.store.analyst import ask_statement, saved_query
from catalograph.store.ledger.imputed_edges import set_imputed_visibility
from tests.conftest import wipe
from tests.integration.conftest import WordEncoder, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

GUESSED = keys.product_key("shop", "华/1")
FACTS = [
    ("HAS_BRAND", brand("华为"), 0.85),
    ("IN_CATEGORY", category(["手机", "配件"]), 0.8),
    ("HAS_VALUE", value("colour", "red"), 0.95),
]
DOCUMENT = """
query($guessed: String!, $brand: String!, $category: String!, $value: String!) {
  product(key: $guessed) {
    brands { key } categories { key } values { key } imputed { relation tail confidence }
  }
  branded: products(first: 10, filter: {brand: $brand}) { totalCount }
  placed: products(first: 10, filter: {category: $category}) { totalCount }
  valued: products(first: 10, filter: {values: [$value]}) { totalCount }
  found: products(first: 10, query: "华为") { totalCount edges { node { key } } }
  all: products(first: 10) { facets { name values { label count } } }
  brand(key: $brand) { productCount products(first: 10) { totalCount } }
  category(key: $category) { productCount }
  drawn: neighbourhood(key: $guessed, first: 9) { edges { relation tail confidence imputed } }
  sure: neighbourhood(key: $guessed, first: 9, filter: {imputed: false}) { totalCount }
  surer: neighbourhood(key: $guessed, first: 9, filter: {minConfidence: 0.9}) { totalCount }
}
"""
VARIABLES = {
    "guessed": GUESSED,
    "brand": FACTS[0][1].key,
    "category": FACTS[1][1].key,
    "value": FACTS[2][1].key,
}


@pytest.fixture
def store(connection: Connection) -> Iterator[Writer]:
    """An empty graph that hides imputed facts, as a new one does."""
    wipe(connection)
    set_imputed_visibility(connection, "hide")
    yield Writer(connection)
    wipe(connection)
    set_imputed_visibility(connection, "hide")


def described(id_: str, title: str, *facts: tuple[str, Node, float]) -> SourceRecord:
    """A record of a feed."""
    key = keys.product_key("shop", id_)
    properties = {"source": "shop", "id": id_, "listed": True, "title": title}
    triples = tuple(
        Triple(key, relation, tail, SourceSupport("column", "1")) for relation, tail, _ in facts
    )
    stamp = f"{title}{len(facts)}"
    source = keys.source_key("shop", "catalog", id_)
    return SourceRecord(source, "shop", stamp, (Node("Product", key, properties),), triples)


def imputed(id_: str, *facts: tuple[str, Node, float]) -> SourceRecord:
    """A record of completion."""
    key = keys.product_key("shop", id_)
    triples = tuple(
        Triple(key, relation, tail, SourceSupport("complete", "1", Origin.IMPUTED, confidence))
        for relation, tail, confidence in facts
    )
    source = keys.source_key("shop", "imputed", id_)
    return SourceRecord(source, "shop", str(len(facts)), (), triples)


def fill(store: Writer) -> None:
    """Two products that state the facts, and one for which they were guessed."""
    run = store.start_run("test")
    rows = [described("2", "手机壳", *FACTS), described("3", "充电器", *FACTS)]
    store.write_records([described("华/1", "保护膜"), *rows], run)
    store.write_records([imputed("华/1", *FACTS)], run)
    store.connection.execute("CALL db.awaitIndexes(60)")
    store.connection.execute("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")


async def ask(settings: Settings) -> Any:
    async with open_client(create_app(settings, WordEncoder())) as client:
        sent = {"query": DOCUMENT, "variables": VARIABLES}
        answer = (await client.post("/graphql", json=sent)).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def coverage(settings: Settings) -> list[Any]:
    """Return the rows of a saved query that counts brands and values by category."""
    connection = AsyncConnection(resolve_address(settings))
    query = saved_query("category_coverage")
    try:
        answer = await ask_statement(connection, query.text, query.fill({}), caller="an analyst")
    finally:
        await connection.close()
    return [row[:2] for row in answer.rows]


@pytest.mark.parametrize(("mode", "n"), [("hide", 2), ("show", 3)])
async def test_every_reader_counts_the_same(
    store: Writer, settings: Settings, mode: Any, n: int
) -> None:
    fill(store)
    # The setting takes effect when a command opens the graph, and only once.
    ingest = settings.ingest.model_copy(update={"imputed": mode})
    with open_store(settings.model_copy(update={"ingest": ingest})) as opened:
        assert set_imputed_visibility(opened.connection, mode) == 0
    data = await ask(settings)
    page = data["product"]
    shown = n == 3
    assert [page[name] for name in ("brands", "categories", "values")] == [
        [{"key": tail.key}] if shown else [] for _, tail, _ in FACTS
    ]
    # Where they are shown, they are marked with their confidence.
    marks = {(mark["relation"], mark["tail"], mark["confidence"]) for mark in page["imputed"]}
    assert marks == ({(r, tail.key, c) for r, tail, c in FACTS} if shown else set())
    drawn = {
        (e["relation"], e["tail"], e["confidence"]) for e in data["drawn"]["edges"] if e["imputed"]
    }
    assert drawn == marks
    assert (data["sure"]["totalCount"], data["surer"]["totalCount"]) == (0, int(shown))
    for name in ("branded", "placed", "valued", "found"):
        assert data[name]["totalCount"] == n, name
    assert (GUESSED in str(data["found"]["edges"])) is shown
    facets = {f["name"]: [v["count"] for v in f["values"]] for f in data["all"]["facets"]}
    assert facets == {"brand": [n], "category": [n, n], "colour": [n]}
    assert data["brand"] == {"productCount": n, "products": {"totalCount": n}}
    assert data["category"] == {"productCount": n}
    assert await coverage(settings) == [[VARIABLES["category"], n]]
    assert edges(store.connection) == n * len(FACTS)


def edges(connection: Connection) -> int:
    [row] = connection.execute(
        "MATCH (:Product)-[r:HAS_BRAND|IN_CATEGORY|HAS_VALUE]->() RETURN count(r) AS n"
    )
    return int(row["n"])


@pytest.mark.parametrize("mode", ["hide", "show"])
async def test_the_order_of_what_happens_changes_nothing(store: Writer, mode: Any) -> None:
    graph = store.connection
    set_imputed_visibility(graph, mode)
    run = store.start_run("test")
    guess, plain, full = imputed("1", *FACTS), described("1", "a"), described("1", "a", *FACTS)
    store.write_records([plain], run)
    bare = content_hash(graph)
    guessing = store.start_run("test")
    store.write_records([guess], guessing)
    guessed = content_hash(graph)
    assert edges(graph) == (3 if mode == "show" else 0)

    # A feed states what was guessed, and takes it back.
    store.write_records([full], run)
    assert edges(graph) == 3
    both = content_hash(graph)
    store.write_records([plain], run)
    assert content_hash(graph) == guessed

    # The other order gives the same graph, and both directions of the setting are exact.
    store.withdraw_records([guess.key], run)
    assert content_hash(graph) == bare
    store.write_records([full], run)
    store.write_records([guess], run)
    assert content_hash(graph) == both
    store.write_records([plain], run)
    assert content_hash(graph) == guessed
    other: Any = "show" if mode == "hide" else "hide"
    assert set_imputed_visibility(graph, other) == 1
    assert edges(graph) == (3 if other == "show" else 0)
    assert set_imputed_visibility(graph, mode) == 1
    assert content_hash(graph) == guessed
    store.withdraw_records([plain.key], run)
    assert graph.execute("MATCH (n:Product|Brand|Value|Category|Assertion) RETURN n") == []


async def test_a_completion_is_rolled_back_in_either_mode(store: Writer) -> None:
    graph = store.connection
    first = store.start_run("test")
    store.write_records([described("1", "a")], first)
    store.finish_run(first, {})
    before = content_hash(graph)
    second = store.start_run("complete")
    store.write_records([imputed("1", *FACTS)], second)
    store.finish_run(second, {})
    set_imputed_visibility(graph, "show")
    roll_back_run(store, second)
    assert content_hash(graph) == before


async def test_conflicts_are_those_of_one_product_between_records(
    store: Writer, settings: Settings
) -> None:
    run = store.start_run("test")
    red, blue = (
        ("HAS_VALUE", value("colour", "red"), 1.0),
        ("HAS_VALUE", value("colour", "蓝"), 1.0),
    )
    wifi, nfc = (
        ("HAS_VALUE", value("radio", "wifi"), 1.0),
        ("HAS_VALUE", value("radio", "nfc"), 1.0),
    )
    records = [
        # Two unrelated products with the same disagreement between column and text.
        *(described(id_, "x", red) for id_ in ("1", "2")),
        *(read_from_text(id_, blue) for id_ in ("1", "2")),
        # One record that states two values; a text that repeats one of them.
        described("3", "x", wifi, nfc),
        read_from_text("3", wifi),
        # A guess against a stated value.
        described("4", "x", red),
    ]
    store.write_records(records, run)
    store.write_records([imputed("4", blue)], run)
    set_imputed_visibility(store.connection, "show")
    connection = AsyncConnection(resolve_address(settings))
    query = saved_query("conflicting_values")
    try:
        answer = await ask_statement(connection, query.text, query.fill({}), caller="an analyst")
    finally:
        await connection.close()
    said = [{"value": "red", "sources": ["shop"]}, {"value": "蓝", "sources": ["shop"]}]
    assert answer.rows == [["colour", [keys.product_key("shop", id_)], said] for id_ in ("1", "2")]


def read_from_text(id_: str, *facts: tuple[str, Node, float]) -> SourceRecord:
    """A record of what an extractor read."""
    key = keys.product_key("shop", id_)
    triples = tuple(
        Triple(key, relation, tail, SourceSupport("rules", "1", Origin.EXTRACTED, 0.9))
        for relation, tail, _ in facts
    )
    return SourceRecord(keys.source_key("shop", "text", id_), "shop", "1", (), triples)
