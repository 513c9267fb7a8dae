"""Facts that keep their only support on the edge: the same to every reader and writer, in less."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.cli import app
from catalograph.schema import (
    Origin,
    SourceRecord,
    SourceSupport,
    Span,
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
    resolve_address,
)
from catalograph.store.analyst import ask_statement, saved_query
from catalograph.store.ledger.inline_supports import inline_supports, restore_all_assertions
from catalograph.store.ledger.rollback import roll_back_run
from tests.conftest import wipe
from tests.integration.test_kills import environment

from .conftest import Ask, WordEncoder, key, open_client, seed
from .test_write import lamp, one, red, says

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

LINEN = SourceSupport("column", original="Pure Linen", rule="synonym")
READ = SourceSupport("rules", "1", Origin.EXTRACTED, 0.9, Span("title", 0, 4))


def lamps() -> list[SourceRecord]:
    return [
        lamp(
            1,
            says(1, "HAS_BRAND", brand("Acme")),
            says(1, "HAS_VALUE", value("material", "linen"), LINEN),
            says(1, "IN_CATEGORY", category(["Home", "Light"])),
            red(1),
        ),
        lamp(2, says(2, "HAS_BRAND", brand("ACME")), says(2, "HAS_VALUE", value("colour", "Red"))),
    ]


@pytest.fixture
def graph(connection: Connection) -> Connection:
    wipe(connection)
    restore_all_assertions(connection)
    return connection


def supports(connection: Connection) -> int:
    count: int = one(connection, "MATCH (:Assertion)-[s:SUPPORTED_BY]->() RETURN count(s)")
    return count


def test_the_store_is_smaller_and_says_the_same(graph: Connection) -> None:
    Writer(graph).write_records(lamps(), "r1")
    before = content_hash(graph)
    nodes = one(graph, "MATCH (n) RETURN count(n)")
    edges = one(graph, "MATCH ()-[r]->() RETURN count(r)")

    report = inline_supports(graph)

    # All but the value that was read from a title.
    assert (report.facts, report.nodes, report.edges) == (5, nodes - 5, edges - 5)
    assert report.bytes == 5 * (15 + 34 + 41 + 41 + 128) + sum(
        len(t.key) for record in lamps() for t in record.triples if t.support.extractor == "column"
    )
    assert supports(graph) == 1
    told = "MATCH (:Product {id: '1'})-[r:HAS_VALUE]->({name: 'linen'}) RETURN properties(r)"
    assert one(graph, told) == {
        "extractor": "column",
        "version": "1",
        "original": "Pure Linen",
        "rule": "synonym",
        "said": "linen",
    }
    assert content_hash(graph) == before
    assert inline_supports(graph).facts == 0

    assert restore_all_assertions(graph).facts == 5
    assert content_hash(graph) == before
    assert supports(graph) == 6
    assert one(graph, "MATCH (:Product)-[r]->() RETURN collect(DISTINCT properties(r))") == [{}]


def test_what_one_record_alone_does_not_state_stays(graph: Connection) -> None:
    writer = Writer(graph)
    writer.write_records(lamps(), "r1")
    twin = replace(lamps()[1], key="source:other:catalog/2", source="other")
    doubtful = Triple(
        keys.product_key("shop", "1"),
        "HAS_BRAND",
        brand("Acme"),
        SourceSupport("x", confidence=0.5),
    )
    extra = SourceRecord("source:other:triples/1", "other", "x", triples=(doubtful,))
    writer.write_records([twin, extra], "r1")

    # Product 2 is described twice; the brand of product 1 has two supports.
    assert inline_supports(graph).facts == 2
    assert supports(graph) == 7


def changed(writer: Writer) -> None:
    record = lamp(1, says(1, "HAS_BRAND", brand("Bright")), red(1), version="2", price=3.0)
    writer.write_records([record], "r2")


def reread(writer: Writer) -> None:
    writer.write_records([lamp(1, *lamps()[0].triples, version="2")], "r2")
    writer.write_records(lamps()[1:], "r2")


def withdraw(writer: Writer) -> None:
    writer.withdraw_records(["source:shop:catalog/2"], "r2")


def withdraw_and_roll_back(writer: Writer) -> None:
    run = writer.start_run("catalog")
    writer.withdraw_records([record.key for record in lamps()], run)
    writer.finish_run(run, {})
    roll_back_run(writer, run)


def change_and_roll_back(writer: Writer) -> None:
    run = writer.start_run("catalog")
    writer.write_records([lamp(2, says(2, "HAS_BRAND", brand("Zeta")), version="2")], run)
    writer.finish_run(run, {})
    roll_back_run(writer, run)


def support_from_elsewhere(writer: Writer) -> None:
    head = keys.product_key("shop", "2")
    found = (
        Triple(head, "HAS_VALUE", value("colour", "Red"), READ),
        Triple(head, "HAS_VALUE", value("finish", "matt"), READ),
    )
    writer.write_records([SourceRecord("source:shop:text/2", "shop", "t", triples=found)], "r2")


def support_from_elsewhere_taken_back(writer: Writer) -> None:
    support_from_elsewhere(writer)
    writer.withdraw_records(["source:shop:text/2"], "r3")


def described_again(writer: Writer) -> None:
    twin = replace(lamps()[1], key="source:other:catalog/2", source="other", triples=())
    writer.write_records([twin], "r2")
    writer.withdraw_records(["source:shop:catalog/2"], "r3")


def withdraw_the_spelling(writer: Writer) -> None:
    """ACME is the better spelling of both; without it the brand takes that on the edge."""
    writer.withdraw_records(["source:shop:catalog/1"], "r2")


OPERATIONS = [
    changed,
    reread,
    withdraw,
    withdraw_and_roll_back,
    change_and_roll_back,
    support_from_elsewhere,
    support_from_elsewhere_taken_back,
    described_again,
    withdraw_the_spelling,
]
STATE = (
    "MATCH (n) WHERE n:PastAssertion OR n:Change OR n:Offer "
    "RETURN labels(n)[0] AS label, n.relation AS relation, n.tail AS tail, n.record AS record, "
    "n.before AS before ORDER BY label, relation, tail, record"
)
RUNS = (
    "MATCH (a:Assertion)-[s:SUPPORTED_BY]->(r) RETURN a.key AS a, s.run AS run, r.key AS r "
    "ORDER BY a, r"
)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_write_ends_as_without_compression(
    graph: Connection, operation: Callable[[Writer], None]
) -> None:
    Writer(graph).write_records(lamps(), "r1")
    operation(Writer(graph))
    wanted = (content_hash(graph), history(graph), graph.execute(RUNS))
    wipe(graph)

    Writer(graph).write_records(lamps(), "r1")
    assert inline_supports(graph).facts == 5
    operation(Writer(graph))
    assert content_hash(graph) == wanted[0]
    assert history(graph) == wanted[1]
    # Facts that the operation did not touch are on their edges still.
    restore_all_assertions(graph)
    assert content_hash(graph) == wanted[0]
    assert list(graph.execute(RUNS)) == list(wanted[2])


def history(graph: Connection) -> list[Any]:
    """Return what is kept of earlier states; supports of a record are in no order."""
    rows = [dict(row) for row in graph.execute(STATE)]
    for row in rows:
        if row["before"] is not None:
            row["before"] = orjson.loads(row["before"])
            row["before"]["facts"].sort(key=orjson.dumps)
    return rows


def test_an_unchanged_record_is_not_read_again(graph: Connection) -> None:
    Writer(graph).write_records(lamps(), "r1")
    inline_supports(graph)
    assert Writer(graph).write_records(lamps(), "r2").written == 0
    assert supports(graph) == 1


@pytest.fixture
async def asked(settings: Settings, graph: Connection) -> AsyncIterator[Ask]:
    seed(graph)
    async with open_client(create_app(settings, WordEncoder())) as client:

        async def send(document: str, /, **variables: Any) -> dict[str, Any]:
            sent = {"query": document, "variables": variables}
            answer: dict[str, Any] = (await client.post("/graphql", json=sent)).json()
            assert "errors" not in answer, answer
            return answer

        yield send


ASSERTIONS = """query($key: String!) { product(key: $key) { title
  assertions(first: 2) { totalCount pageInfo { endCursor hasNextPage } nodes { id head relation tail
    supports { record origin extractor version confidence run original rule field } } } } }"""
NODE = """query($id: ID!) { node(id: $id) { id ... on Assertion { tail supports { record } } } }"""
FACETS = """{ products(first: 3, filter: {brand: "brand:acme"}) { totalCount nodes { key
  values { name label } } } }"""


async def test_graphql_and_saved_queries_answer_the_same(
    asked: Ask, graph: Connection, settings: Settings
) -> None:
    async def answers() -> list[Any]:
        said = (await asked(ASSERTIONS, key=key("cam1")))["data"]
        page = said["product"]["assertions"]
        nodes = [(await asked(NODE, id=one["id"]))["data"] for one in page["nodes"]]
        rows = []
        opened = AsyncConnection(resolve_address(settings))
        try:
            for name, given in (
                ("provenance", {"product": key("cam1")}),
                ("conflicting_values", {}),
                ("doubtful_facts", {"below": 1.0}),
                ("runs_and_changes", {}),
                ("withdrawn_facts", {}),
            ):
                query = saved_query(name)
                answer = await ask_statement(opened, query.text, query.fill(given), caller="me")
                rows.append((name, answer.rows))
        finally:
            await opened.close()
        texts = list(graph.read("read_texts", keys=[key("cam1"), key("tea1")]))
        return [said, nodes, (await asked(FACETS))["data"], rows, texts]

    before = await answers()
    assert inline_supports(graph).facts > 20
    assert supports(graph) == 0
    after = await answers()
    assert before[0]["product"]["assertions"]["totalCount"] == 4
    assert after == before


def test_the_command(
    graph: Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    Writer(graph).write_records(lamps(), "r1")

    def call(*arguments: str) -> str:
        result = CliRunner().invoke(
            app, ["resolve", "compress", *arguments], catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return result.output

    assert orjson.loads(call("--dry-run", "--json"))["store"] is None
    assert supports(graph) == 6
    told = " ".join(call().split())
    assert "5 facts keep their provenance on the edge" in told
    assert "its files do not shrink" in told
    assert supports(graph) == 1
    assert orjson.loads(call("--undo", "--json"))["store"]["facts"] == 5
    assert supports(graph) == 6
    assert CliRunner().invoke(app, ["resolve", "compress", "--undo", "--dry-run"]).exit_code != 0
