"""Liveness probe and circuit breaker: fail pending statements when the server stops answering.

A driver's timeouts cannot distinguish a slow statement from a database that hangs, and its
`acquire` may block far beyond its timeout on a half-open connection. So a statement may be slow as
long as the server answers anything: another statement, or a probe on a separate connection. When it
answers neither, all pending statements fail together, and later ones are refused at once until it
answers again. This circuit breaker opens by probing instead of by counting failed statements.

The probe runs in a thread: a busy event loop reads answers of the database late, so a probe timed
in that loop would measure the loop.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from catalograph.errors import StoreError, StoreUnavailableError
from catalograph.settings import Neo4jSettings

T = TypeVar("T")
_log = logging.getLogger(__name__)
_ATTEMPTS = 2
"""Number of consecutive failed attempts after which the server counts as down."""
_GRACE = 1.0
"""Seconds beyond the limits of its attempts after which a probe counts as failed; needed because
resolving a host name has no time limit."""
_TICK = 0.1
"""Seconds between two checks of the pending statements."""
_RECOVERY_SECONDS = 4.0
"""Time limit of an attempt while the server is down; longer, because a recovering server answers
slowly and no statement waits for it."""
_CLOSE_SECONDS = 1.0
"""Seconds to wait for abandoned work and the probe's thread on close."""


class ProbeConnection(Protocol):
    """Connection of the probe; it must enforce its own time limit."""

    def verify(self) -> None:
        """Exchange a message with the server.

        Raises:
            StoreUnavailableError: the server did not answer within the connection's time limit.
        """

    def close(self) -> None:
        """Close the connection, without waiting for the server."""


class LivenessProbe:
    """Checks in a daemon thread, on a connection kept open, whether the server answers.

    There is never more than one thread, even if an attempt blocks for longer than its limit.
    """

    def __init__(self, connect: Callable[[float], ProbeConnection]) -> None:
        """Create the probe; its thread starts with the first check.

        Args:
            connect: factory of a connection with the given time limit, in seconds.
        """
        self._connect = connect
        self._requests: SimpleQueue[tuple[float, Future[bool]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def check(self, limit: float) -> bool:
        """Return whether the server answers one of two attempts.

        Args:
            limit: time limit of an attempt, in seconds.
        """
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._serve_requests, name="catalograph-liveness", daemon=True
            )
            self._thread.start()
        answer: Future[bool] = Future()
        self._requests.put((limit, answer))
        try:
            async with asyncio.timeout(_ATTEMPTS * limit + _GRACE):
                return await asyncio.wrap_future(answer)
        except TimeoutError:
            # A lagging event loop may handle its timer before an answer that arrived in time.
            return answer.done() and not answer.cancelled() and answer.result()

    async def close(self) -> None:
        """Stop the thread; a blocked thread is left to end by itself."""
        if self._thread is not None:
            self._requests.put(None)
            await asyncio.to_thread(self._thread.join, _CLOSE_SECONDS)

    def _serve_requests(self) -> None:
        connection: ProbeConnection | None = None
        opened_for = 0.0
        while (request := self._requests.get()) is not None:
            limit, answer = request
            if not answer.set_running_or_notify_cancel():
                continue
            if connection is not None and opened_for != limit:
                _close(connection)
                connection = None
            answered = False
            for _ in range(_ATTEMPTS):
                opened_for = limit
                connection, answered = self._attempt(connection, limit)
                if answered:
                    break
            answer.set_result(answered)
        if connection is not None:
            _close(connection)

    def _attempt(
        self, connection: ProbeConnection | None, limit: float
    ) -> tuple[ProbeConnection | None, bool]:
        """Try once; return the connection to keep and whether the server answered."""
        try:
            connection = connection or self._connect(limit)
            connection.verify()
        except StoreUnavailableError:
            answered = False
        except StoreError:
            answered = True  # a refused password is also an answer
        except Exception:  # noqa: BLE001 - nothing may end the thread
            _log.exception("the liveness probe failed")
            answered = False
        else:
            return connection, True
        if connection is not None:
            _close(connection)
        return None, answered


def _close(connection: ProbeConnection) -> None:
    with contextlib.suppress(StoreError, OSError):
        connection.close()


class StatementGuard:
    """Cancels statements of one `AsyncConnection` when the server is down; for one event loop."""

    def __init__(
        self,
        probe: LivenessProbe,
        tuning: Neo4jSettings,
        recover: Callable[[], Awaitable[None]],
    ) -> None:
        """Create the guard; it starts watching with the first statement.

        Args:
            probe: liveness probe of the server; the guard closes it.
            tuning: settings with time limits and the probe interval.
            recover: callback for when the server answers again; the server still counts as down if
                it raises `StoreUnavailableError`.
        """
        self._probe = probe
        self._tuning = tuning
        self._recover = recover
        self._waiting: dict[asyncio.Timeout, float] = {}  # start times, oldest first
        self._answered_at = 0.0
        self._check: asyncio.Task[bool] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._abandoned: set[asyncio.Future[Any]] = set()
        self.down = False

    @property
    def waiting(self) -> int:
        """Number of statements under way."""
        return len(self._waiting)

    @contextlib.asynccontextmanager
    async def guard(self, limit: float) -> AsyncIterator[None]:
        """Cancel this block once the server is down.

        Args:
            limit: time limit of the block while the server answers, in seconds.

        Raises:
            StoreUnavailableError: the server is down, or the time limit is exceeded.
        """
        if self.down:
            raise StoreUnavailableError(
                "The database does not answer; it is probed until it does. Try again later."
            )
        if self._watch is None:
            self._watch = asyncio.create_task(self._watch_statements())
        try:
            async with asyncio.timeout(limit) as timeout:
                self._waiting[timeout] = asyncio.get_running_loop().time()
                try:
                    yield
                    self._answered_at = asyncio.get_running_loop().time()
                finally:
                    del self._waiting[timeout]
        except TimeoutError:
            if self.down:
                raise StoreUnavailableError("The database stopped answering.") from None
            raise StoreUnavailableError(
                f"The database did not answer within {limit:g} s."
            ) from None

    async def run_guarded(self, work: Callable[[], Awaitable[T]], limit: float) -> T:
        """Run work as in `guard`, without waiting for its cancellation.

        A cancelled driver call closes its connection, which can block on a server that hangs. So
        the cancelled task is left to end in the background.

        Args:
            work: coroutine function, called once in its own task.
            limit: time limit while the server answers, in seconds.

        Raises:
            StoreUnavailableError: the server is down, or the time limit is exceeded.
        """
        async with self.guard(limit):
            task = asyncio.ensure_future(work())
            try:
                return await asyncio.shield(task)
            finally:
                if not task.done():
                    task.cancel()
                    self._abandoned.add(task)
                    task.add_done_callback(self._forget)

    async def check(self) -> bool:
        """Return whether the server answers; concurrent callers share one check."""
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self._check_once())
        return await asyncio.shield(self._check)

    async def close(self) -> None:
        """Stop the watch and the probe."""
        for task in (self._watch, self._check):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self._probe.close()
        if self._abandoned:
            await asyncio.wait(self._abandoned, timeout=_CLOSE_SECONDS)

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, or asyncio would log a warning

    async def _watch_statements(self) -> None:
        await self.check()  # opens the probe's connection before it is needed
        while True:
            if self.down:
                await asyncio.sleep(self._tuning.probe_pause)
                await self.check()
                continue
            await asyncio.sleep(_TICK)
            oldest = next(iter(self._waiting.values()), None)
            now = asyncio.get_running_loop().time()
            if oldest is not None and now - max(oldest, self._answered_at) > self._tuning.patience:
                await self.check()

    async def _check_once(self) -> bool:
        began = asyncio.get_running_loop().time()
        limit = self._tuning.probe_timeout
        answered = await self._probe.check(max(limit, _RECOVERY_SECONDS) if self.down else limit)
        if self.down and answered:
            try:
                await self._recover()
            except StoreUnavailableError:
                return False
            self.down = False
        if answered:
            self._answered_at = asyncio.get_running_loop().time()
        elif self._answered_at < began:  # no statement was answered meanwhile, either
            self._end_all()
        return not self.down

    def _end_all(self) -> None:
        self.down = True
        now = asyncio.get_running_loop().time()
        for timeout in self._waiting:
            if not timeout.expired():
                timeout.reschedule(now)
