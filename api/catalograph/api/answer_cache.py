"""Answers about products and lists, kept by each worker until something changes them.

An answer is kept under its field of a document and the variables, as JSON text: it is sent as it
is, and the garbage collector need not visit its objects. It is the same for all callers: only what
depends on the catalogue is kept, and scopes and rates are checked before each answer.

Each transaction that changes products names them in the outbox of the graph. The worker reads that
several times a second, and drops the answers about these products, and all that depend on more than
one product, such as lists. While it could not read the outbox for a while, nothing is answered
from here, so an answer is never older than the setting says.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from catalograph.api.metrics import Metrics
from catalograph.errors import StoreError
from catalograph.settings.api import ApiCacheSettings
from catalograph.store.ledger.outbox import RETENTION_SECONDS
from catalograph.store.queries.change_polling import OutboxReading

_log = logging.getLogger(__name__)
_OVERLAP_MS = 30_000
"""Milliseconds that each reading of the outbox goes back, for transactions that commit late."""
_POLLS = 3
"""Number of readings within the time that an answer may be behind."""
_ENTRY_BYTES = 600
"""Memory of a kept answer besides its texts."""
_NO_TIME = 2**62
"""A time that no entry has yet."""
_LARGEST_SHARE = 16
"""Fraction of the memory that one answer may take, as a divisor."""


class AnswerKey(NamedTuple):
    """Cache key: document, field within it, and variables."""

    document: str
    place: str
    variables: bytes


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer.

    Attributes:
        text: value of the field as JSON.
        objects: number of objects in it.
        product: key of the only product that it depends on; None where it may depend on any.
        changes: number of changes that the cache knew of when the answer was about to be read.
    """

    text: bytes
    objects: int
    product: str | None
    changes: int


class _Entry(NamedTuple):
    answer: KeptAnswer
    size: int
    since: float


class AnswerCache:
    """A bounded LRU cache of answers.

    Args:
        settings: memory, and how far behind an answer may be.
        read: function that reads the outbox since a time in milliseconds.
        metrics: counters of hits and misses.
        clock: clock in seconds.
    """

    def __init__(
        self,
        settings: ApiCacheSettings,
        read: Callable[[int], Awaitable[OutboxReading]],
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._read = read
        self._hits, self._misses = (metrics.kept_answers.labels(o) for o in ("hit", "miss"))
        self._clock = clock
        self._most = settings.megabytes * 2**20
        self._size = 0
        self._kept: OrderedDict[AnswerKey, _Entry] = OrderedDict()
        self._of_product: dict[str, set[AnswerKey]] = {}
        self._changes = 0  # number of readings that told of a change
        self._read_at = float("-inf")
        self._since: int | None = None
        self._seen: frozenset[str] = frozenset()
        self._reading = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Memory of all kept answers, in bytes."""
        return self._size

    @property
    def changes(self) -> int:
        """Number of changes known so far."""
        return self._changes

    @property
    def current(self) -> bool:
        """Whether the outbox was read lately, so that answers may come from here."""
        if not self._most:
            return False
        return self._clock() - self._read_at <= self._settings.behind_seconds

    def find(self, key: AnswerKey) -> KeptAnswer | None:
        """Return a kept answer; call it while the cache is current."""
        entry = self._kept.get(key)
        if entry is not None and self._is_outdated(entry):
            self._drop(key)
            entry = None
        if entry is None:
            self._misses.inc()
            return None
        self._hits.inc()
        self._kept.move_to_end(key)
        return entry.answer

    def keep(self, key: AnswerKey, answer: KeptAnswer) -> None:
        """Keep an answer, unless it is too large or there was a change since it was read."""
        size = len(answer.text) + len(key.document) + len(key.variables) + _ENTRY_BYTES
        if answer.changes != self._changes or size > self._most // _LARGEST_SHARE:
            return
        if key in self._kept:  # another request read it at the same time
            self._drop(key)
        self._kept[key] = _Entry(answer, size, self._clock())
        self._size += size
        if answer.product is not None:
            self._of_product.setdefault(answer.product, set()).add(key)
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    async def run(self) -> None:
        """Read the outbox again and again, until cancelled."""
        while self._most:
            await self.catch_up()
            await asyncio.sleep(self._settings.behind_seconds / _POLLS)

    async def catch_up(self) -> None:
        """Read the outbox and drop what it names, so that this worker's own writes are seen."""
        if not self._most:
            return
        async with self._reading:
            try:
                if self._since is None:  # at first only the time is wanted
                    self._since = (await self._read(_NO_TIME)).now - _OVERLAP_MS
                began = self._clock()
                found = await self._read(self._since)
            except StoreError as exc:
                _log.debug("the outbox was not read", extra={"error": type(exc).__name__})
                return
            if began - self._read_at > RETENTION_SECONDS / 2:  # entries may have been dropped
                self._forget(None)
            for key in found.entries.keys() - self._seen:
                self._forget(found.entries[key])
            self._seen = frozenset(found.entries)
            self._since = found.now - _OVERLAP_MS
            self._read_at = began

    def _is_outdated(self, entry: _Entry) -> bool:
        answer = entry.answer
        if answer.product is None and answer.changes != self._changes:
            return True
        return self._clock() - entry.since > self._settings.max_seconds

    def _forget(self, products: list[str] | None) -> None:
        """Drop the answers about these products, and all that may depend on any; None for all."""
        self._changes += 1
        if products is None:
            self._kept.clear()
            self._of_product.clear()
            self._size = 0
            return
        for product in products:
            for key in tuple(self._of_product.get(product, ())):
                self._drop(key)

    def _drop(self, key: AnswerKey) -> None:
        entry = self._kept.pop(key)
        self._size -= entry.size
        product = entry.answer.product
        if product is not None:
            keys = self._of_product[product]
            keys.discard(key)
            if not keys:
                del self._of_product[product]
