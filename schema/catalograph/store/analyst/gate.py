"""The gate for analysts' Cypher: check text and plan, then run it in a READ session with limits.

On Community Edition every database user is an administrator, so only this process logs in. There
are three layers of defence. The text is checked against allow-lists before the database sees it
(`text`). The plan, which EXPLAIN returns for exactly that text, is checked against another
allow-list (`plan`). A statement that passes both is sent once, in a READ session, where the server
itself refuses writes. The server enforces the time limit; the row limit is enforced here.

The server checks its time limit between rows, not inside one expression and not during planning,
so an abandoned statement may continue. Each statement carries its caller as transaction metadata.
Before a new one is sent, the database is asked which ones are still running: an abandoned
statement occupies its place, for this process and all others, until the database no longer lists
it.
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
"""Largest number of analysts' statements running at once, including abandoned ones."""
MAX_RESULT_BYTES = 16 * 1024 * 1024
"""Largest size of a result's rows as JSON; further rows are cut off."""
_EXPLAIN = "EXPLAIN "
_PLACE = re.compile(r"\(line (\d+), column (\d+) \(offset: \d+\)\)")
_GRACE_SECONDS = 2.0
"""Seconds to wait for an answer beyond the server's own time limit."""
_LESS = "Start from a key or an index, match fewer nodes, or raise the time limit."
_RETRY_SECONDS = 5
_APP = "catalograph.analyst"
"""Metadata that marks this gate's transactions in the database's list of transactions."""


@dataclass(frozen=True)
class StatementLimits:
    """Limits of one statement."""

    seconds: float = 10.0
    rows: int = 1_000


@dataclass(frozen=True)
class StatementResult:
    """Result of a statement, in JSON types.

    Attributes:
        columns: names of the columns, in order.
        rows: one list for each row, in the order of `columns`.
        truncated: whether the limit of rows or bytes cut off further rows.
        milliseconds: time from sending the statement, including its EXPLAIN, to its last row.
        notifications: notifications of the database, such as a property that no node has.
    """

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    milliseconds: float
    notifications: tuple[Notification, ...] = ()


@dataclass(frozen=True)
class _Sent:
    """A statement that is sent: the metadata of its transactions, and its limits."""

    caller: str
    limits: StatementLimits
    id: str

    def query(self, text: str) -> neo4j.Query:
        """Return the query of a text, with metadata that identifies it in the database."""
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
        StatementError: see `ask_statement`.
    """
    given = as_parameters(parameters or {})
    check_text(text, given)
    async with _sending(connection, caller, StatementLimits()) as (session, sent):
        summary = await _check_plan_of(session, text, given, sent)
        return list(plan_lines(summary.plan or {}))


async def check_statement(
    connection: AsyncConnection,
    text: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    caller: str,
) -> tuple[Notification, ...]:
    """Check a statement by its text and its plan, without running it.

    Returns:
        What the database notices about it, such as a property that no node has.

    Raises:
        StatementError: see `ask_statement`.
    """
    given = as_parameters(parameters or {})
    check_text(text, given)
    async with _sending(connection, caller, StatementLimits()) as (session, sent):
        return notifications_of(await _check_plan_of(session, text, given, sent))


async def ask_statement(
    connection: AsyncConnection,
    text: str,
    parameters: Mapping[str, Any] | None = None,
    limits: StatementLimits | None = None,
    *,
    caller: str,
) -> StatementResult:
    """Run a statement of an analyst if it only reads.

    Args:
        connection: connection to the database.
        text: statement; it is sent unchanged, or not at all.
        parameters: values of its `$parameters`, in JSON types.
        limits: limits of time and rows; by default 10 s and 1,000 rows.
        caller: id of the caller; not personal data, since the database's list of transactions
            shows it.

    Raises:
        StatementRefusedError: it would do more than read the graph.
        StatementInvalidError: it is not valid Cypher, or a parameter is missing or wrong.
        StatementLimitError: it took too long or too much memory; it is not retried.
        StatementBusyError: earlier statements are still running; retry later.
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
) -> neo4j.ResultSummary:
    query = sent.query(f"{_EXPLAIN}{text}")
    summary = await (await session.run(query, parameters)).consume()
    check_plan(summary.plan, summary.query_type)
    return summary


async def _check_free(connection: AsyncConnection, caller: str) -> None:
    """Raise unless the caller may run a statement now.

    Raises:
        StatementBusyError: an abandoned statement of the caller is still running, or too many
            statements are running.
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
    """Fetch rows up to both limits and discard the rest on the server."""
    rows: list[list[Any]] = []
    size, truncated = 0, False
    async for record in result:
        row = [as_json(value) for value in record.values()]
        size += len(orjson.dumps(row))
        # One row more than the limit shows that the result is truncated.
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
    """Provide a READ session if one is free, and translate errors for the statement's author."""
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
    """Return the error of an abandoned statement; it says whether the database still runs it."""
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
    """Translate an error for the analyst; None if the statement did not cause it."""
    code = str(exc.code)
    if "MemoryPoolOutOfMemory" in code or "OutOfMemory" in code:
        # Neo4j marks it as transient, but a retry would fill the memory again.
        return StatementLimitError(
            "The statement took more memory than a transaction may. Match fewer nodes, aggregate "
            "earlier, or collect less.",
            limit="memory",
        )
    if "TransactionTimedOut" in code:
        return _too_slow(limits)
    if code == "Neo.ClientError.Statement.AccessMode":
        return refuse("write", "The database refused to write. Statements only read the graph.")
    if code == "Neo.ClientError.Security.Forbidden":
        return refuse("role", "The database does not permit this to the user of analysts.")
    if code.startswith(("Neo.ClientError.Statement.", "Neo.ClientError.Procedure.")):
        return StatementInvalidError(f"Neo4j says: {_locate_fault(str(exc.message))}", code=code)
    return None


def _locate_fault(message: str) -> str:
    """Return the message with positions in the original statement, without quoting the text."""
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
