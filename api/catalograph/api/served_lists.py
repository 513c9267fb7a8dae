"""Log of served lists, written to the graph in batches and off the request path."""

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalograph.errors import StoreError, StoreForbiddenError
from catalograph.schema.keys import LABEL_PREFIX
from catalograph.settings import Settings
from catalograph.store import (
    AsyncConnection,
    Connection,
    RetentionReport,
    Writer,
    remove_old_events,
)
from catalograph.store.ledger.conversations import prune_conversations
from catalograph.store.ledger.feedback import (
    ServedList,
    prune_searches,
    write_served,
)
from catalograph.store.ledger.personal_data import prune_accesses

_log = logging.getLogger(__name__)
FLUSH_SECONDS = 1.0
MAX_WAITING = 10_000
"""Maximum number of queued lists; it bounds memory while the database is away."""
BATCH = 500
PRUNE_SECONDS = 3600.0
FORBIDDEN_SECONDS = 60.0
"""Seconds without a record of lists after the database refused one because it is read-only."""


class ServedLog:
    """A bounded queue of served lists; when the database is slow, the newest are dropped.

    Lists are not recorded in a database that may only be read.
    """

    def __init__(
        self, connection: AsyncConnection, on_drop: Callable[[], None] = lambda: None
    ) -> None:
        self._connection = connection
        self._on_drop = on_drop
        self._waiting: dict[str, ServedList] = {}
        self._writing = asyncio.Lock()
        self.dropped = 0
        self._forbidden_until = 0.0

    def record(
        self,
        surface: str,
        items: Sequence[str],
        models: Iterable[str] = (),
        placed_by: Sequence[str] = (),
        *,
        query: str | None = None,
        first: int | None = None,
    ) -> str:
        """Queue a list that is being served; for the arguments see `ServedList`.

        Returns:
            Its id, which events can refer to.
        """
        id_ = secrets.token_hex(16)
        if time.monotonic() < self._forbidden_until:
            return id_
        if len(self._waiting) < MAX_WAITING:
            key = served_key(id_)
            self._waiting[key] = ServedList(
                key,
                surface,
                datetime.now(UTC),
                tuple(items),
                tuple(models),
                tuple(placed_by),
                query,
                first,
            )
        else:
            self.dropped += 1
            self._on_drop()
        return id_

    async def settle(self, key: str) -> None:
        """Ensure that the list with this key is in the graph, if it is queued at all."""
        if key in self._waiting:
            await self.flush()

    async def flush(self) -> None:
        """Write all queued lists.

        Raises:
            StoreError: the database failed; lists that were not written stay in the queue.
        """
        async with self._writing:
            while batch := list(self._waiting.values())[:BATCH]:
                await write_served(self._connection, batch)
                for served in batch:
                    del self._waiting[served.key]

    async def run(self) -> None:
        """Write the queued lists every second, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._try_flush()

    async def close(self) -> None:
        """Write the queued lists once; log the number that could not be written."""
        await self._try_flush()
        if self._waiting or self.dropped:
            lost = len(self._waiting) + self.dropped
            _log.warning("served lists lost", extra={"lists": lost})

    async def _try_flush(self) -> None:
        try:
            await self.flush()
        except StoreForbiddenError:
            if not self._forbidden_until:
                _log.warning("served lists are not recorded: the database may only be read")
            self._forbidden_until = time.monotonic() + FORBIDDEN_SECONDS
            self._waiting.clear()
        except StoreError as exc:
            _log.warning(
                "served lists wait for the database",
                extra={"lists": len(self._waiting), "error": type(exc).__name__},
            )


@dataclass(frozen=True)
class PruneReport:
    """What was removed because of its age: numbers of each, and of events if they have a limit."""

    searches: int
    conversations: int
    accesses: int
    events: RetentionReport | None


async def prune(
    connection: AsyncConnection, blocking: Connection, settings: Settings
) -> PruneReport:
    """Remove searches, conversations, notes of reads and events that are past their age limits."""
    api, privacy = settings.api, settings.privacy
    searches = await prune_searches(connection, timedelta(days=api.search_log_days))
    conversations = await prune_conversations(connection, timedelta(days=api.conversation_days))
    accesses = await prune_accesses(connection, timedelta(days=privacy.access_days))
    events = None
    if privacy.event_days is not None:
        keep, stop = timedelta(days=privacy.event_days), threading.Event()
        removal = asyncio.create_task(
            asyncio.to_thread(
                remove_old_events, Writer(blocking), keep, settings.models_folder, stop.is_set
            )
        )
        try:
            events = await asyncio.shield(removal)
        except asyncio.CancelledError:
            # Its connection is closed next, so its batch has to end first.
            stop.set()
            await removal
            raise
    return PruneReport(searches, conversations, accesses, events)


async def prune_forever(
    connection: AsyncConnection, blocking: Connection, settings: Settings
) -> None:
    """Remove what is past its age limit every hour, until cancelled."""
    while True:
        await asyncio.sleep(PRUNE_SECONDS)
        try:
            await prune(connection, blocking, settings)
        except StoreForbiddenError:
            continue  # who may write prunes
        except StoreError as exc:
            _log.warning("what is past its age waits", extra={"error": type(exc).__name__})


def served_key(id_: str) -> str:
    """Return the key of the served list with this id."""
    return f"{LABEL_PREFIX['Served']}:{id_}"
