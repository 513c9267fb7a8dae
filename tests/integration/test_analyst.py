"""The analysts' gate before a real Neo4j: nothing but reading comes through."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import neo4j
import pytest

from catalograph.errors import (
    StatementBusyError,
    StatementInvalidError,
    StatementLimitError,
    StatementRefusedError,
)
from catalograph.settings import Settings
from catalograph.store import (
    AsyncConnection,
    Connection,
    content_hash,
    resolve_address,
)
from catalograph.store.analyst import StatementLimits, gate
from catalograph.store.analyst.plan import check_plan
from tests.analyst_bypasses import BYPASSES, LEGITIMATE

ask_statement = partial(gate.ask_statement, caller="an analyst")
explain_statement = partial(gate.explain_statement, caller="an analyst")

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


@pytest.fixture
async def analyst(settings: Settings, shop: Connection) -> AsyncIterator[AsyncConnection]:
    connection = AsyncConnection(resolve_address(settings))
    yield connection
    await connection.close()


def state(connection: Connection) -> dict[str, Any]:
    """All that an attempt could have changed."""
    return {
        "hash": content_hash(connection),
        "sizes": connection.execute(
            "RETURN COUNT { () } AS nodes, COUNT { ()-->() } AS edges, "
            "COLLECT { CALL db.labels() YIELD label RETURN label ORDER BY label } AS labels"
        ),
        "users": connection.execute("SHOW USERS YIELD user RETURN user"),
        "indexes": connection.execute("SHOW INDEXES YIELD name RETURN name ORDER BY name"),
        "graphs": connection.execute("CALL gds.graph.list() YIELD graphName RETURN graphName"),
    }


async def test_no_bypass_comes_through(analyst: AsyncConnection, shop: Connection) -> None:
    before = state(shop)
    for rule, text in BYPASSES:
        with pytest.raises(StatementRefusedError) as caught:
            await ask_statement(analyst, text)
        assert caught.value.context["rule"] == rule, text
    assert len(BYPASSES) >= 30
    assert state(shop) == before


@pytest.mark.parametrize(
    "text",
    [
        "WITH 1 AS x LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
        "CALL dbms.listConfig() YIELD name RETURN name",
        "CALL db.awaitIndexes(1)",
        "RETURN [x IN [1] | COLLECT { CALL dbms.listConfig() YIELD name RETURN name }] AS r",
        "SHOW TRANSACTIONS",
        "SHOW SETTINGS",
        "SHOW INDEXES",
        "SHOW USERS",
        "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
        "MATCH (p:Product) SET p.price = 0",
        "MATCH (p:Product) DETACH DELETE p",
        "CREATE INDEX evil FOR (n:Product) ON (n.title)",
        "CREATE USER eve SET PASSWORD 'a long password'",
        "MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS RETURN x",
        "MATCH (n:Product) FOREACH (x IN [1] | SET n.price = x)",
    ],
)
async def test_the_second_fence_holds_alone(analyst: AsyncConnection, text: str) -> None:
    async with analyst.reading() as session:
        summary = await (await session.run(f"EXPLAIN {text}")).consume()
    with pytest.raises(StatementRefusedError):
        check_plan(summary.plan, summary.query_type)


async def test_the_third_fence_holds_alone(
    analyst: AsyncConnection, shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A READ session, which the server keeps, when text and plan were let by."""
    monkeypatch.setattr(gate, "check_text", lambda *_: None)
    monkeypatch.setattr(gate, "check_plan", lambda *_: None)
    before = state(shop)
    for text in (
        "CREATE (:Product {key: 'x'})",
        "MATCH (p:Product) SET p.price = 0",
        "CREATE INDEX evil FOR (n:Product) ON (n.title)",
    ):
        with pytest.raises(StatementRefusedError, match="refused to write"):
            await ask_statement(analyst, text)
    assert state(shop) == before


@pytest.mark.parametrize(("text", "parameters", "rows"), LEGITIMATE)
async def test_questions_are_answered(
    analyst: AsyncConnection, text: str, parameters: dict[str, Any], rows: list[list[Any]]
) -> None:
    answer = await ask_statement(analyst, text, parameters)
    assert answer.rows == rows
    assert answer.truncated is False


async def test_values_are_json_and_vectors_are_left_out(analyst: AsyncConnection) -> None:
    answer = await ask_statement(
        analyst,
        "MATCH (p:Product {id: 'cam1'})-[r:HAS_BRAND]->(b:Brand) "
        "RETURN p, r, b, p.text_embedding_a AS short, [x IN range(1, 64) | 0.5] AS long, "
        "datetime('2026-01-02T03:04:05Z') AS time, duration('P1D') AS day, "
        "point({x: 1, y: 2}) AS place, 0.0 / 0.0 AS nothing",
    )
    row = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert row["p"]["labels"] == ["Product"]
    assert row["p"]["properties"]["title"] == "Red camera"
    assert row["p"]["properties"]["text_embedding_a"] == "(vector of 3 floats)"
    assert row["r"] == {
        "type": "HAS_BRAND",
        "start": "product:shop:cam1",
        "end": "brand:acme",
        "properties": {},
    }
    assert row["b"]["properties"]["key"] == "brand:acme"
    assert row["long"] == "(vector of 64 floats)"
    assert row["time"] == "2026-01-02T03:04:05+00:00"
    assert row["day"] == "P1D"
    assert row["place"] == {"srid": 7203, "coordinates": [1.0, 2.0]}
    assert row["nothing"] is None


async def test_rows_and_bytes_are_limited(
    analyst: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "UNWIND range(1, 5000) AS x RETURN x"
    cut = await ask_statement(analyst, text, limits=StatementLimits(rows=7))
    assert cut.rows == [[n] for n in range(1, 8)]
    assert cut.truncated is True
    whole = await ask_statement(analyst, text, limits=StatementLimits(rows=5_000))
    assert (len(whole.rows), whole.truncated) == (5_000, False)
    monkeypatch.setattr(gate, "MAX_RESULT_BYTES", 15)
    small = await ask_statement(analyst, text, limits=StatementLimits(rows=5_000))
    assert small.rows == [[1], [2], [3], [4], [5]]
    assert small.truncated is True


async def test_time_and_memory_are_limited_and_nothing_is_tried_again(
    analyst: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    run = neo4j.AsyncSession.run

    async def counted(self: neo4j.AsyncSession, query: Any, *args: Any, **more: Any) -> Any:
        if getattr(query, "metadata", None):
            sent.append(query.text)
        return await run(self, query, *args, **more)

    monkeypatch.setattr(neo4j.AsyncSession, "run", counted)
    endless = (
        "WITH $n AS n UNWIND n AS a UNWIND n AS b UNWIND n AS c UNWIND n AS d UNWIND n AS e "
        "RETURN count(*)"
    )
    numbers = list(range(1_000))
    with pytest.raises(StatementLimitError) as slow:
        await ask_statement(analyst, endless, {"n": numbers}, StatementLimits(seconds=0.5))
    assert slow.value.context == {"limit": "time"}
    greedy = (
        "WITH $n AS n UNWIND n AS a UNWIND n AS b "
        "WITH collect($text + toString(a * b)) AS texts RETURN size(texts)"
    )
    given = {"n": numbers, "text": "a" * 1_000_000}
    with pytest.raises(StatementLimitError) as large:
        await ask_statement(analyst, greedy, given, StatementLimits(seconds=300))
    assert large.value.context == {"limit": "memory"}
    assert sent == [f"EXPLAIN {endless}", endless, f"EXPLAIN {greedy}", greedy]


@pytest.mark.parametrize(
    ("text", "parameters", "words"),
    [
        ("MATCH (p:Product RETURN p", {}, "Invalid input"),
        ("MATCH (p) RETURN q", {}, r"`q` not defined \(line 1, column 18\)"),
        ("MATCH (p {key: $key}) RETURN p", {}, "parameter"),
        ("RETURN 1 / 0", {}, "by zero"),
        ("RETURN date('not a day')", {}, "Date"),
    ],
)
async def test_wrong_cypher_is_told(
    analyst: AsyncConnection, text: str, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(StatementInvalidError, match=words):
        await ask_statement(analyst, text, parameters)


async def test_all_places_are_counted_in_the_database(
    analyst: AsyncConnection, settings: Settings
) -> None:
    """Given as many transactions of other processes as may run, no other is sent until one ends."""
    address = resolve_address(settings)
    marks = {"app": "catalograph.analyst", "caller": "another", "milliseconds": 600_000}
    with neo4j.GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver:
        sessions = [driver.session() for _ in range(gate.MAX_AT_ONCE)]
        started = [session.begin_transaction(metadata=marks) for session in sessions]
        for transaction in started:
            transaction.run("RETURN 1").consume()
        with pytest.raises(StatementBusyError, match="4 statements run already, 0 of them past"):
            await ask_statement(analyst, "RETURN 1 AS one")
        started[0].rollback()
        assert (await ask_statement(analyst, "RETURN 1 AS one")).rows == [[1]]
        for session in sessions:
            session.close()


async def test_a_plan_is_shown_and_not_run(analyst: AsyncConnection) -> None:
    lines = await explain_statement(analyst, "MATCH (p:Product {key: $key}) RETURN p", {"key": "x"})
    assert [line.split()[0] for line in lines] == ["ProduceResults", "NodeUniqueIndexSeek"]
    with pytest.raises(StatementRefusedError):
        await explain_statement(analyst, "MATCH (p) DELETE p")
