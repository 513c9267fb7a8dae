"""Live connections of a process: the poller, and the count of open web sockets."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from catalograph.api.subscriptions.alerts import keep_raised, read_alarms
from catalograph.api.subscriptions.change_poller import ChangePoller, TopicKind
from catalograph.errors import LimitExceededError
from catalograph.settings.api import ApiLiveSettings
from catalograph.store import AsyncConnection
from catalograph.store.queries import change_polling

_LAST_READ_SECONDS = 5.0
"""Time limit of the poller's last read at shutdown."""
PRODUCT, USER, RUN, MODEL, ALARM = "product", "user", "run", "model", "alarm"


class SocketCounter:
    """Counts open web sockets, in total and by caller."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self.open = 0
        self.by_caller: Counter[str] = Counter()

    @contextlib.contextmanager
    def hold_place(self) -> Iterator[None]:
        """Hold a place as long as the context lasts.

        Raises:
            LimitExceededError: there is none.
        """
        if self.open >= self._most:
            raise LimitExceededError("This server has as many web sockets open as it may.")
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

    @contextlib.contextmanager
    def hold_place_of(self, caller: str) -> Iterator[None]:
        """Hold a place of one caller as long as the context lasts.

        Raises:
            LimitExceededError: the caller has used up all of its places.
        """
        if self.by_caller[caller] >= self._most_of_one:
            raise LimitExceededError("You have as many web sockets open as one caller may.")
        self.by_caller[caller] += 1
        try:
            yield
        finally:
            self.by_caller[caller] -= 1
            if not self.by_caller[caller]:
                del self.by_caller[caller]


class LiveConnections:
    """The poller and the sockets of a process."""

    def __init__(self, connection: AsyncConnection, settings: ApiLiveSettings) -> None:
        self.settings = settings
        self.sockets = SocketCounter(settings.sockets, settings.sockets_per_caller)

        async def products(keys: Sequence[str]) -> dict[str, Any]:
            return await change_polling.product_states(connection, keys)

        async def users(keys: Sequence[str]) -> dict[str, Any]:
            return await change_polling.user_changes(connection, keys)

        async def runs(keys: Sequence[str]) -> dict[str, Any]:
            return await change_polling.run_states(connection, keys)

        async def models(kinds: Sequence[str]) -> dict[str, Any]:
            return {kind: await change_polling.live_version(connection, kind) for kind in kinds}

        async def alarms(keys: Sequence[str]) -> dict[str, Any]:
            return await read_alarms(connection, keys)

        self.hub = ChangePoller(
            [
                TopicKind(PRODUCT, products, settings.poll_seconds),
                TopicKind(USER, users, settings.poll_seconds),
                TopicKind(RUN, runs, settings.poll_seconds),
                TopicKind(MODEL, models, settings.poll_seconds),
                TopicKind(ALARM, alarms, settings.alert_seconds, keep_raised),
            ]
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Poll as long as the context lasts."""
        polling = asyncio.create_task(self.hub.run())
        try:
            yield
        finally:
            # Close, then wait: a driver that is cancelled while it connects leaves its socket open.
            self.hub.close()
            await asyncio.wait({polling}, timeout=_LAST_READ_SECONDS)
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling
