"""Connections to Neo4j: the only module that knows the driver, its tuning and its errors."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

import neo4j
from neo4j import exceptions as driver_errors

from catalograph.errors import (
    MissingExtraError,
    QueryError,
    StoreAuthError,
    StoreForbiddenError,
    StoreUnavailableError,
    WriteConflictError,
)
from catalograph.store.connection.address import Address, translate_errors
from catalograph.store.connection.bookmarks import BookmarkFolder, is_routed
from catalograph.store.connection.cypher_loader import statement
from catalograph.store.connection.liveness import (
    LivenessProbe,
    StatementGuard,
)

if TYPE_CHECKING:
    from graphdatascience import GraphDataScience

T = TypeVar("T")
Row = dict[str, Any]
_CONFLICT_RETRIES = 5


class RaceLostError(WriteConflictError):
    """Another writer removed nodes that this transaction read; the whole transaction is retried."""


def check_created(result: Sequence[Row], wanted: int, what: str) -> None:
    """Check that a statement wrote the expected number of rows.

    A MATCH without a result silently drops its row. So each statement that connects existing nodes
    returns `created`, which is checked here.

    Raises:
        RaceLostError: rows are missing, so one of the nodes was removed.
    """
    created = result[0]["created"]
    if created != wanted:
        raise RaceLostError(
            f"{wanted} {what} were to be written, {created} were: another process removed a node "
            "that they join. Nothing of this batch was written. Run the ingest again."
        )


class Transaction:
    """Runs named statements inside one transaction.

    Attributes:
        repeated: whether an earlier attempt at the same work may have been committed.
    """

    def __init__(self, tx: neo4j.ManagedTransaction, *, repeated: bool = False) -> None:
        self._tx = tx
        self.repeated = repeated

    def run(
        self, name: str, types: Mapping[str, str] | None = None, **parameters: Any
    ) -> list[Row]:
        """Run a statement of the `cypher` folder and return all its rows."""
        text = statement(name, **(types or {}))
        return [dict(record) for record in self._tx.run(text, parameters)]


class Connection:
    """A synchronous connection pool; closed by `close` or as a context manager."""

    def __init__(self, address: Address, *, read_only: bool = False) -> None:
        """Create the pool without connecting yet.

        Args:
            address: address and credentials of the server.
            read_only: whether the database refuses every write of this connection, whatever the
                account may do; with routing, replicas answer everything.
        """
        self.address = address
        self._write_mode = neo4j.READ_ACCESS if read_only else neo4j.WRITE_ACCESS
        self._folder = _bookmark_folder(address)
        self._managers: dict[str, neo4j.api.BookmarkManager] = {}
        if self._folder is not None:
            new = neo4j.GraphDatabase.bookmark_manager
            self._managers = {
                neo4j.READ_ACCESS: new(bookmarks_supplier=self._folder.get),
                neo4j.WRITE_ACCESS: new(bookmarks_consumer=self._folder.put),
            }
        with translate_errors(address):
            self._driver = neo4j.GraphDatabase.driver(address.uri, **address.driver_options())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()
        if self._folder is not None:
            self._folder.close()

    def verify(self) -> None:
        """Log in once to check address and credentials.

        Raises:
            StoreUnavailableError: the server does not answer.
            StoreAuthError: the server refused the password.
        """
        with translate_errors(self.address):
            self._driver.verify_connectivity()

    def read(
        self, name: str, types: Mapping[str, str] | None = None, **parameters: Any
    ) -> Iterator[Row]:
        """Run a statement of the `cypher` folder in a READ transaction and stream its rows.

        A connection that breaks before more than the first thousand rows have come is replaced,
        for as long as a managed write is retried.
        """
        yield from self.read_compiled(statement(name, **(types or {})), parameters)

    def read_compiled(self, text: str, parameters: Mapping[str, Any]) -> Iterator[Row]:
        """Run a statement of `store.queries.projection` as `read` does."""
        with translate_errors(self.address), ExitStack() as stack:
            result, first = self._begin(stack, text, dict(parameters))
            for record in first:
                yield dict(record)
            for record in result:
                yield dict(record)

    def _begin(
        self, stack: ExitStack, text: str, parameters: Row
    ) -> tuple[neo4j.Result, list[neo4j.Record]]:
        """Run a read and fetch its first rows, again if the connection breaks before that."""
        until, pause = time.monotonic() + self.address.tuning.retry_time, _FIRST_PAUSE
        while True:
            try:
                session = stack.enter_context(self._session(neo4j.READ_ACCESS))
                result = session.run(text, parameters)
                return result, result.fetch(_FIRST_ROWS)
            except (*_BROKEN, driver_errors.TransientError) as exc:
                stack.close()
                outgrown = "MemoryPoolOutOfMemory" in str(getattr(exc, "code", ""))
                if outgrown or time.monotonic() + pause > until:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def write(self, work: Callable[[Transaction], T], *, repeatable: bool = False) -> T:
        """Run `work` in one managed write transaction; retry it after a conflict.

        Two writers that create the same key at once violate its uniqueness constraint. The driver
        does not retry that error, but a second attempt finds the existing node, so it is retried
        here. So are a node that another writer removed during a statement, and a `RaceLostError`,
        which `work` raises if rows that it read were removed meanwhile.

        Args:
            work: function of a transaction.
            repeatable: whether `work` may run again after it was committed. If the connection
                breaks during a commit, nobody knows whether it was, and it is then run again.

        Raises:
            StoreForbiddenError: the connection, the account or the database is for reading only.
            StoreUnavailableError: the server does not answer; unless repeatable, the work may have
                been committed or not.
        """
        if self._write_mode == neo4j.READ_ACCESS:
            raise StoreForbiddenError("This connection was opened for reading; nothing is written.")
        until = time.monotonic() + self.address.tuning.retry_time
        conflicts, repeated = 0, False
        while True:
            with translate_errors(self.address), self._session(self._write_mode) as session:
                try:
                    return session.execute_write(_in_transaction, work, repeated)
                except driver_errors.IncompleteCommit:
                    if not repeatable or time.monotonic() > until:
                        raise
                    repeated = True
                except (driver_errors.ClientError, RaceLostError) as exc:
                    if conflicts == _CONFLICT_RETRIES or not _lost_race(exc):
                        raise
                    conflicts += 1

    def execute(self, text: str, **parameters: Any) -> list[Row]:
        """Run a schema statement, or a statement of a test, in its own transaction."""
        with translate_errors(self.address), self._session(self._write_mode) as session:
            result = session.run(text, parameters)
            return [dict(record) for record in result]

    def plan(self, text: str) -> Row:
        """Return the server's plan of a statement, which is not run."""
        with translate_errors(self.address), self._session(neo4j.READ_ACCESS) as session:
            return dict(session.run(f"EXPLAIN {text}").consume().plan or {})

    def gds(self) -> "GraphDataScience":
        """Return a Graph Data Science client for the same server.

        Raises:
            MissingExtraError: the extra `embed` is not installed.
        """
        try:
            from graphdatascience import GraphDataScience
        except ImportError as exc:
            raise MissingExtraError("embed", "graphdatascience") from exc
        with translate_errors(self.address):
            return GraphDataScience(
                self.address.uri,
                auth=(self.address.user, self.address.password),
                database=self.address.tuning.database,
            )

    def _session(self, mode: str) -> neo4j.Session:
        return self._driver.session(
            database=self.address.tuning.database,
            default_access_mode=mode,
            bookmark_manager=self._managers.get(mode),
        )


def _in_transaction(
    tx: neo4j.ManagedTransaction, work: Callable[[Transaction], T], repeated: bool
) -> T:
    return work(Transaction(tx, repeated=repeated))


def _bookmark_folder(address: Address) -> BookmarkFolder | None:
    """Return the folder of bookmarks; None where there is one server, which needs none."""
    if address.home is None or not is_routed(address.uri):
        return None
    return BookmarkFolder(address.home, address.uri, address.tuning.database)


def _lost_race(exc: Exception) -> bool:
    """Return whether another writer concurrently created or removed nodes of the transaction."""
    if isinstance(exc, RaceLostError | driver_errors.ConstraintError):
        return True
    return getattr(exc, "code", None) == "Neo.ClientError.Statement.EntityNotFound"


class StatementCount:
    """Number of statements sent since `count_statements`, in this task and the tasks it starts."""

    def __init__(self) -> None:
        self.statements = 0


_statement_count: ContextVar[StatementCount | None] = ContextVar("statement_count", default=None)


def count_statements() -> StatementCount:
    """Start a new count in the current task, to check a request against its budget."""
    count = StatementCount()
    _statement_count.set(count)
    return count


def _count_sent() -> None:
    count = _statement_count.get()
    if count is not None:
        count.statements += 1


def _observe_nothing(name: str) -> AbstractContextManager[None]:
    return nullcontext()


class AsyncConnection:
    """An asynchronous connection pool for the API.

    If the server hangs or is gone, waiting callers fail within seconds, not minutes, and later ones
    at once until it answers again: see `connection.liveness`. The pool is then replaced, because a
    driver does not recover a connection that was abandoned during its own liveness check.
    """

    def __init__(
        self,
        address: Address,
        observe: Callable[[str], AbstractContextManager[None]] = _observe_nothing,
    ) -> None:
        """Create the pool without connecting yet.

        Args:
            address: address and credentials of the server.
            observe: factory of a context manager around each statement; receives the statement's
                name, never its parameters.
        """
        self.address = address
        self._observe = observe
        self._folder = _bookmark_folder(address)
        self._managers: dict[str, neo4j.api.AsyncBookmarkManager] = {}
        if self._folder is not None:
            new = neo4j.AsyncGraphDatabase.bookmark_manager
            self._managers = {
                neo4j.READ_ACCESS: new(bookmarks_supplier=self._folder.get),
                neo4j.WRITE_ACCESS: new(bookmarks_consumer=self._folder.put),
            }
        self._driver = self._new_driver()
        self._closing: set[asyncio.Task[None]] = set()
        probe = LivenessProbe(partial(_probe_connection, address))
        self._guard = StatementGuard(probe, address.tuning, self._renew)

    async def close(self) -> None:
        """Close all connections."""
        await self._guard.close()
        await _close_soon(self._driver)
        if self._closing:
            await asyncio.wait(self._closing, timeout=_CLOSE_SECONDS)
        if self._folder is not None:
            self._folder.close()

    @property
    def waiting(self) -> int:
        """Number of statements under way."""
        return self._guard.waiting

    async def read(
        self, name: str, types: Mapping[str, str] | None = None, **parameters: Any
    ) -> list[Row]:
        """Run a statement in its own READ transaction and return all its rows.

        Raises:
            StoreUnavailableError: the server does not answer.
        """
        return await self.read_compiled(statement(name, **(types or {})), parameters, name)

    async def read_compiled(self, text: str, parameters: Mapping[str, Any], name: str) -> list[Row]:
        """Run a statement of `store.queries.projection` as `read` does, observed under a name."""
        query = neo4j.Query(text, timeout=self.address.tuning.read_timeout)

        async def read_once() -> list[Row]:
            async with self._translate_errors(), self._session(neo4j.READ_ACCESS) as session:
                result = await session.run(query, dict(parameters))
                return [dict(record) for record in await result.fetch(_ALL_ROWS)]

        async def read_twice() -> list[Row]:
            try:
                return await read_once()
            except StoreUnavailableError as exc:
                # After a server restart the first use of each old connection fails: retry once.
                broken = isinstance(exc.__cause__, _BROKEN)
                if not broken or not await self._guard.check():
                    raise
            return await read_once()

        _count_sent()
        with self._observe(name):
            return await self._guard.run_guarded(read_twice, self._read_seconds)

    async def write(self, name: str, **parameters: Any) -> list[Row]:
        """Run one statement in a managed write transaction; retry it after a conflict.

        As in `Connection.write`, a violated uniqueness constraint means that another writer created
        the same node concurrently, and a missing node that another writer removed it; the next
        attempt sees the current graph.

        Raises:
            StoreUnavailableError: the server does not answer; the write may have happened or not.
        """
        text = statement(name)

        async def work(tx: neo4j.AsyncManagedTransaction) -> list[Row]:
            result = await tx.run(text, parameters)
            return [dict(record) async for record in result]

        async def until_written() -> list[Row]:
            for attempt in range(_CONFLICT_RETRIES + 1):
                async with self._translate_errors(), self._session(neo4j.WRITE_ACCESS) as session:
                    try:
                        return await session.execute_write(work)
                    except driver_errors.ClientError as exc:
                        if attempt == _CONFLICT_RETRIES or not _lost_race(exc):
                            raise
            raise AssertionError("unreachable")

        _count_sent()
        with self._observe(name):
            return await self._guard.run_guarded(until_written, self._write_seconds)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[neo4j.AsyncSession]:
        """Provide a READ session for statements from outside the `cypher` folder.

        For modules of `store` that run statements of analysts; nothing is retried. Server warnings
        are requested, because they are shown to the author of the statement. With an
        `analyst_user`, the database applies the roles of that user.
        """
        async with (
            self._guard.guard(_FOREIGN_SECONDS),
            self._translate_errors(),
            self._driver.session(
                database=self.address.tuning.database,
                default_access_mode=neo4j.READ_ACCESS,
                bookmark_manager=self._managers.get(neo4j.READ_ACCESS),
                auth=self.address.analyst_auth,
                notifications_min_severity=neo4j.NotificationMinimumSeverity.WARNING,
            ) as session,
        ):
            yield session

    def guard(self) -> AbstractAsyncContextManager[None]:
        """Cancel any other server calls in this block once the server is down.

        Raises:
            StoreUnavailableError: the server does not answer.
        """
        return self._guard.guard(self._write_seconds)

    @property
    def _read_seconds(self) -> float:
        """Time limit of a read in seconds, including its second attempt."""
        return self.address.tuning.read_timeout + _MARGIN

    @property
    def _write_seconds(self) -> float:
        """Time limit of a write in seconds, including all attempts."""
        return self.address.tuning.retry_time + _MARGIN

    def _session(self, mode: str) -> neo4j.AsyncSession:
        return self._driver.session(
            database=self.address.tuning.database,
            default_access_mode=mode,
            bookmark_manager=self._managers.get(mode),
        )

    def _new_driver(self) -> neo4j.AsyncDriver:
        # The guard cancels statements that wait for a dead server. The driver's own limits include
        # the time in which the event loop is busy, and would fail requests to a healthy server.
        patient = {
            "connection_timeout": self._read_seconds,
            "connection_acquisition_timeout": self._read_seconds,
        }
        with translate_errors(self.address):
            return neo4j.AsyncGraphDatabase.driver(
                self.address.uri, **self.address.driver_options() | patient
            )

    async def _renew(self) -> None:
        """Replace the pool; raise `StoreUnavailableError` unless the database answers on it."""
        self._close_aside(self._driver)
        self._driver = self._new_driver()
        ping = asyncio.create_task(self._ping())
        done, _ = await asyncio.wait([ping], timeout=_RENEW_SECONDS)
        if not done:
            ping.cancel()  # not awaited: see `StatementGuard.run_guarded`
            self._closing.add(ping)
            ping.add_done_callback(self._closing.discard)
            raise StoreUnavailableError("The server is there, but its database does not answer.")
        await ping

    async def _ping(self) -> None:
        try:
            async with self._translate_errors(), self._session(neo4j.READ_ACCESS) as session:
                await (await session.run(statement("ping"))).consume()
        except StoreAuthError:
            return  # each statement will raise it to its caller
        except (QueryError, WriteConflictError) as exc:
            raise StoreUnavailableError("The server is there, but not its database.") from exc

    def _close_aside(self, driver: neo4j.AsyncDriver) -> None:
        closing = asyncio.create_task(_close_soon(driver))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    @asynccontextmanager
    async def _translate_errors(self) -> AsyncIterator[None]:
        with translate_errors(self.address):
            yield


def _probe_connection(address: Address, limit: float) -> Connection:
    """Return a single connection whose `verify` takes at most `limit` seconds."""
    limits = {"connection_timeout": limit, "acquisition_timeout": limit, "pool_size": 1}
    return Connection(replace(address, tuning=address.tuning.model_copy(update=limits)))


async def _close_soon(driver: neo4j.AsyncDriver) -> None:
    """Close a pool; give up waiting if the server does not answer the goodbye message."""
    with suppress(TimeoutError, driver_errors.DriverError, OSError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await driver.close()


_FIRST_ROWS = 1_000
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_ALL_ROWS = 2**31
_MARGIN = 5.0
"""Seconds beyond the time limits of the server and the driver themselves."""
_CLOSE_SECONDS = 1.0
_RENEW_SECONDS = 4.0
"""Time limit of the first answer on a new pool, in seconds."""
_FOREIGN_SECONDS = 600.0
"""Upper limit for statements from outside the `cypher` folder; their callers set shorter ones."""
_BROKEN = (driver_errors.ServiceUnavailable, driver_errors.SessionExpired, OSError)
