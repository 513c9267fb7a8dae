"""Cache of the last good lists, for the time when the database is away.

A list is stored under the request that it answered: the same document, variables and caller.
So lists of different persons are kept apart. They are kept for a short time only: an erased
person's lists are removed at once in the worker that erases the person, and elsewhere by age.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from catalograph.api.metrics import Metrics
from catalograph.errors import StoreUnavailableError
from catalograph.settings.api import ApiSettings

Answer = dict[str, Any]
"""Answer of a field: response keys and their values, in JSON's types."""


class FallbackKey(NamedTuple):
    """Cache key: caller, document, field within it, and variables."""

    principal: str | None
    field: str
    document: str
    place: str
    variables: bytes


@dataclass(frozen=True)
class _Kept:
    """An answer as JSON text, because the garbage collector would visit the objects of hundreds."""

    answer: bytes
    user: str | None
    since: float


class FallbackCache:
    """A bounded LRU cache of answers."""

    def __init__(
        self,
        settings: ApiSettings,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._kept: OrderedDict[FallbackKey, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    async def answer(
        self,
        key: FallbackKey,
        user: str | None,
        fresh: Callable[[], Awaitable[Answer]],
        marked: Callable[[Answer], Answer],
    ) -> Answer:
        """Return a fresh answer, or the last one to the same request, marked stale.

        Args:
            key: cache key of the answer.
            user: key of the person that the answer is for; None for nobody.
            fresh: function that makes the answer.
            marked: function that marks an answer as stale.

        Raises:
            StoreUnavailableError: the database is away and there is no answer young enough.
        """
        try:
            value = await fresh()
        except StoreUnavailableError:
            kept = self._get_fresh(key)
            if kept is None:
                raise
            self._metrics.degraded.labels(key.field).inc()
            return marked(orjson.loads(kept.answer))
        if self._settings.stale_lists:
            self._keep(key, _Kept(orjson.dumps(value), user, self._clock()))
        return value

    def forget(self, user: str) -> None:
        """Remove all answers for a person."""
        for key in [key for key, kept in self._kept.items() if kept.user == user]:
            del self._kept[key]

    def _get_fresh(self, key: FallbackKey) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        most = self._settings.stale_seconds
        # An erasure in another worker does not reach this cache, so personal lists expire sooner.
        if kept.user is not None:
            most = min(most, self._settings.stale_user_seconds)
        if self._clock() - kept.since <= most:
            return kept
        del self._kept[key]
        return None

    def _keep(self, key: FallbackKey, kept: _Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        if len(self._kept) > self._settings.stale_lists:
            self._kept.popitem(last=False)
