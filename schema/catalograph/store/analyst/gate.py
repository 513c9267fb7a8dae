"""The gate that free Cypher passes: text, plan, then a READ session with limits.

On Community Edition every database user is an administrator, so nobody but this process logs in.
Three fences stand one behind the other. The text is held against allow-lists before the database
sees it (`text`). The plan, which EXPLAIN makes of exactly that text, is held against another
(`plan`). What passes both is sent once, in a READ session, where the server itself refuses writes,
with a time limit the server keeps and a row limit that is kept here.

The server looks at its time limit between rows, not inside one expression and not while it plans,
so a statement that was given up may go on. Each carries who sent it as metadata of its transaction,
and before a new one is sent the database is asked which still run: what was given up keeps its
place, for this process and all others, until the database no longer lists it.
"""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import neo4j
import orjson
from neo4j import exceptions as driver_errors

from catalograph.errors import (
    StatementBusyError,
    StatementError,
    StatementInvalidError,
    StatementLimitError,
)
from catalograph.store.analyst.notifications import Notification, notifications_of
from catalograph.store.analyst.plan import check_plan, plan_lines
from catalograph.store.analyst.text import check_text
from catalograph.store.analyst.tokens import refuse
from catalograph.store.analyst.values import as_json, as_parameters
from catalograph.store.connection.connect import AsyncConnection

MAX_AT_ONCE = 4
"""Analysts' statements the database works on at the same time, those given up included."""
MAX_RESULT_BYTES = 16 * 1024 * 1024
"""Size of a result's rows as JSON at most; what comes after is cut off."""
_EXPLAIN = "EXPLAIN "
_PLACE = re.compile(r"\(line (\d+), column (\d+) \(offset: \d+\)\)")
_GRACE_SECONDS = 2.0
"""How much longer than the server's own limit an answer is waited for."""
_LESS = "Start from a key or an index, match fewer nodes, or raise the time limit."
_RETRY_SECONDS = 5
_APP = "catalograph.analyst"
"""Marks the transactions of this gate in the database's list of transactions."""


@dataclass(frozen=True)
class StatementLimits:
    """What one statement may take."""

    seconds: float = 10.0
    rows: int = 1_000


@dataclass(frozen=True)
class StatementResult:
    """Rows of a statement, as JSON's kinds.

    Attributes:
        columns: their names, in order.
        rows: one list for each, in the order of `columns`.
        truncated: whether there were more than the limit of rows or bytes.
        milliseconds: from sending the statement, its EXPLAIN included, to its last row.
        notifications: what the database noticed, such as a property that no node has.
    """

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    milliseconds: float
    notifications: tuple[Notification, ...] = ()


@dataclass(frozen=True)
class _Sent:
    """A statement on its way: what its transactions are marked with, and its limits."""

    caller: str
    limits: StatementLimits
    id: str

    def query(self, text: str) -> neo4j.Query:
        """Mark a text, so that the database tells whose it is."""
        seconds = self.limits.seconds
        marks = {
            "app": _APP,
            "caller": self.caller,
            "statement": self.id,
            "milliseconds": int(seconds * 1_000),
        }
        return neo4j.Query(text, timeout=seconds, metadata=marks)


async def explain_statement(
    connection: AsyncConnection,
    text: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    caller: str,
) -> list[str]:
    """Return the plan of a statement as lines, without running it.

    Raises:
        StatementError: as `ask_statement`.
    """
    given = as_parameters(parameters or {})
    check_text(text, given)
    async with _sending(connection, caller, StatementLimits()) as (session, sent):
        return list(plan_lines(await _check_plan_of(session, text, given, sent)))


async def ask_statement(
    connection: AsyncConnection,
    text: str,
    parameters: Mapping[str, Any] | None = None,
    limits: StatementLimits | None = None,
    *,
    caller: str,
) -> StatementResult:
    """Answer a statement that somebody wrote, if it only reads.

    Args:
        connection: to the database.
        text: the statement; it is sent as it is, or not at all.
        parameters: its `$parameters`, of JSON's kinds.
        limits: time and rows; 10 s and 1,000 rows when not given.
        caller: who asks; nothing personal, since it stands in the database's list of transactions.

    Raises:
        StatementRefusedError: it would do more than read the graph.
        StatementInvalidError: it is not right Cypher, or a parameter is missing or wrong.
        StatementLimitError: it took too long or too much memory; it is not tried again.
        StatementBusyError: the database still works on earlier ones; try again later.
        StoreUnavailableError: the database does not answer.
    """
    given = as_parameters(parameters or {})
    check_text(text, given)
    started = time.perf_counter()
    async with _sending(connection, caller, limits or StatementLimits()) as (session, sent):
        await _check_plan_of(session, text, given, sent)
        result = await session.run(sent.query(text), given)
        rows, truncated, notifications = await _take_rows(result, sent.limits.rows)
        columns = list(result.keys())
    milliseconds = (time.perf_counter() - started) * 1_000
    return StatementResult(columns, rows, truncated, round(milliseconds, 1), notifications)


async def _check_plan_of(
    session: neo4j.AsyncSession, text: str, parameters: dict[str, Any], sent: _Sent
) -> Mapping[str, Any]:
    query = sent.query(f"{_EXPLAIN}{text}")
    summary = await (await session.run(query, parameters)).consume()
    check_plan(summary.plan, summary.query_type)
    return summary.plan or {}


async def _check_free(connection: AsyncConnection, caller: str) -> None:
    """Ask the database whether there is a place for a statement of a caller.

    Raises:
        StatementBusyError: one of the caller was given up and is still worked on, or all places
            are taken.
    """
    running = await connection.read("list_analyst_statements", app=_APP)
    if any(row["overdue"] and row["caller"] == caller for row in running):
        raise StatementBusyError(
            "An earlier statement of yours was given up at its time limit and the database still "
            f"works on it. Try again in {_RETRY_SECONDS} seconds; new ones are taken once it is "
            "done.",
            retry_after=_RETRY_SECONDS,
        )
    if len(running) >= MAX_AT_ONCE:
        given_up = sum(row["overdue"] for row in running)
        raise StatementBusyError(
            f"{len(running)} statements run already, {given_up} of them past their time limit; at "
            f"most {MAX_AT_ONCE} run at once. Try again in {_RETRY_SECONDS} seconds.",
            retry_after=_RETRY_SECONDS,
        )


async def _take_rows(
    result: neo4j.AsyncResult, limit: int
) -> tuple[list[list[Any]], bool, tuple[Notification, ...]]:
    """Take rows up to both limits, and let the server forget the rest."""
    rows: list[list[Any]] = []
    size, truncated = 0, False
    async for record in result:
        row = [as_json(value) for value in record.values()]
        size += len(orjson.dumps(row))
        if len(rows) == limit or size > MAX_RESULT_BYTES:
            truncated = True
            break
        rows.append(row)
    summary = await result.consume()
    return rows, truncated, notifications_of(summary)


@asynccontextmanager
async def _sending(
    connection: AsyncConnection, caller: str, limits: StatementLimits
) -> AsyncIterator[tuple[neo4j.AsyncSession, _Sent]]:
    """A READ session, if there is a place, with errors in words for who wrote the statement."""
    await _check_free(connection, caller)
    sent = _Sent(caller, limits, secrets.token_hex(8))
    try:
        async with (
            asyncio.timeout(limits.seconds + _GRACE_SECONDS),
            connection.reading() as session,
        ):
            try:
                yield session, sent
            except driver_errors.Neo4jError as exc:
                found = _explain_error(exc, limits)
                if found is None:
                    raise
                raise found from exc
    except TimeoutError as exc:
        raise await _given_up(connection, sent) from exc


async def _given_up(connection: AsyncConnection, sent: _Sent) -> StatementLimitError:
    """Say that a statement is no longer waited for, and whether the database is done with it."""
    running = await connection.read("list_analyst_statements", app=_APP)
    if all(row["statement"] != sent.id for row in running):
        return _too_slow(sent.limits)
    return StatementLimitError(
        f"The statement took longer than {sent.limits.seconds:g} seconds and was given up. The "
        "database still works on it, and takes no other statement of yours until it is done. "
        f"{_LESS}",
        limit="time",
        statement=sent.id,
    )


def _explain_error(exc: driver_errors.Neo4jError, limits: StatementLimits) -> StatementError | None:
    """What the analyst is told; None for what is no fault of the statement."""
    code = str(exc.code)
    if "MemoryPoolOutOfMemory" in code or "OutOfMemory" in code:
        # Neo4j marks it as transient; sent again it would fill the memory again.
        return StatementLimitError(
            "The statement took more memory than a transaction may. Match fewer nodes, aggregate "
            "earlier, or collect less.",
            limit="memory",
        )
    if "TransactionTimedOut" in code:
        return _too_slow(limits)
    if code == "Neo.ClientError.Statement.AccessMode":
        return refuse("write", "The database refused to write. Statements only read the graph.")
    if code.startswith(("Neo.ClientError.Statement.", "Neo.ClientError.Procedure.")):
        return StatementInvalidError(f"Neo4j says: {_locate_fault(str(exc.message))}", code=code)
    return None


def _locate_fault(message: str) -> str:
    """Say where a fault is in the statement as it was written, without repeating it."""
    lines = [line for line in message.splitlines() if not line.startswith((f'"{_EXPLAIN}', " "))]

    def place(match: re.Match[str]) -> str:
        line, column = int(match[1]), int(match[2])
        return f"(line {line}, column {column - len(_EXPLAIN) * (line == 1)})"

    return _PLACE.sub(place, " ".join(lines))


def _too_slow(limits: StatementLimits) -> StatementLimitError:
    return StatementLimitError(
        f"The statement took longer than {limits.seconds:g} seconds and was ended. {_LESS}",
        limit="time",
    )
