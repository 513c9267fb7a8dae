"""Whether the database is there: asked when a statement waits for long, and told to all that wait.

A driver's own timeouts cannot tell a slow statement from a server that hangs, and its `acquire` may
block far beyond its timeout on a connection that is half open. So a statement may take its time as
long as the server answers a question on a connection of its own; once it does not, all that waits
is given up together, and what comes later is refused at once until it answers again: a circuit
breaker that opens by asking instead of counting failures.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from catalograph.errors import StoreUnavailableError
from catalograph.settings import Neo4jSettings

T = TypeVar("T")
_TICK = 0.25
"""Seconds between two looks at what waits."""
_RETURN = 4.0
"""Seconds to wait for an answer while nobody else waits: a busy server comes back slowly."""

_FAREWELL = 1.0
"""Seconds that work given up before may still take once all is closed."""


class Pulse:
    """Watches over the statements of one `AsyncConnection`; to be used in one event loop."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[None]],
        tuning: Neo4jSettings,
        revived: Callable[[], Awaitable[None]],
    ) -> None:
        """Make a watch; it begins with the first statement.

        Args:
            ask: puts a question to the server on a connection of its own; raises
                `StoreUnavailableError` when there is no answer.
            tuning: how long to wait, how often to ask.
            revived: is called when the server answers again.
        """
        self._ask = ask
        self._tuning = tuning
        self._revived = revived
        self._waiting: dict[asyncio.Timeout, float] = {}  # since when; the oldest is first
        self._heard = 0.0
        self._asking: asyncio.Task[bool] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._left: set[asyncio.Future[Any]] = set()  # work that was given up and ends by itself
        self.down = False

    @property
    def waiting(self) -> int:
        """How many statements are on their way."""
        return len(self._waiting)

    @contextlib.asynccontextmanager
    async def guard(self, limit: float) -> AsyncIterator[None]:
        """Hold what is done in this block to an answer of the server.

        Args:
            limit: seconds that it may take though the server is there.

        Raises:
            StoreUnavailableError: the server does not answer.
        """
        if self.down:
            raise StoreUnavailableError("The database does not answer; it is asked time and again.")
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            async with asyncio.timeout(limit) as timeout:
                self._waiting[timeout] = asyncio.get_running_loop().time()
                try:
                    yield
                finally:
                    del self._waiting[timeout]
        except TimeoutError:
            raise StoreUnavailableError("The database did not answer in time.") from None

    async def hold(self, work: Callable[[], Awaitable[T]], limit: float) -> T:
        """Hold work to an answer of the server, and leave it behind once it is given up.

        A driver that is cancelled closes its connection, and waits for that on a server that hangs.

        Args:
            work: is called once, in a task of its own that is cancelled when it is given up.
            limit: seconds that it may take though the server is there.

        Raises:
            StoreUnavailableError: the server does not answer.
        """
        async with self.guard(limit):
            task = asyncio.ensure_future(work())
            try:
                return await asyncio.shield(task)
            finally:
                if not task.done():
                    task.cancel()
                    self._left.add(task)
                    task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._left.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not complain

    async def beats(self) -> bool:
        """Ask the server whether it is there; those who ask at the same time ask once."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_once())
        return await asyncio.shield(self._asking)

    async def close(self) -> None:
        """End the watch."""
        for task in (self._watching, self._asking):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        if self._left:
            await asyncio.wait(self._left, timeout=_FAREWELL)

    async def _watch(self) -> None:
        while True:
            if self.down:
                await asyncio.sleep(self._tuning.probe_pause)
                await self.beats()
                continue
            await asyncio.sleep(_TICK)
            oldest = next(iter(self._waiting.values()), None)
            now = asyncio.get_running_loop().time()
            if oldest is not None and now - max(oldest, self._heard) > self._tuning.patience:
                await self.beats()

    async def _ask_once(self) -> bool:
        seconds = self._tuning.probe_timeout
        try:
            async with asyncio.timeout(max(seconds, _RETURN) if self.down else seconds):
                await self._ask()
        except (StoreUnavailableError, TimeoutError):
            self._give_up()
            return False
        self._heard = asyncio.get_running_loop().time()
        if self.down:
            await self._revived()
            self.down = False
        return True

    def _give_up(self) -> None:
        self.down = True
        now = asyncio.get_running_loop().time()
        for timeout in self._waiting:
            if not timeout.expired():
                timeout.reschedule(now)
