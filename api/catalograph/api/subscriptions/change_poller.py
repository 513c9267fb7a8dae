"""One poller for each process and all its subscribers: it reads, compares and sends states.

A state that differs from the one before is put into the box of each subscriber to its topic, where
it replaces an older one: a slow reader gets the newest, and a box is never larger than the number
of topics its owner watches. A topic's first state is sent, too, so that nothing is missed between
a query and a subscription. Changes reach subscribers of all processes, as all read one graph.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from catalograph.errors import LimitExceededError, StoreError

_log = logging.getLogger(__name__)
KEYS_PER_READ = 1_000
MAX_TOPICS = 10_000
"""Maximum number of topics in one process; with the caps on sockets it bounds polling cost."""


class WatchTopic(NamedTuple):
    """A watched thing: its kind and its key."""

    kind: str
    key: str


@dataclass(frozen=True)
class TopicKind:
    """A kind of thing that can be watched.

    Attributes:
        name: first part of its topics.
        read: function that reads the states of keys; a missing key has the state None.
        seconds: time between two reads, in seconds.
        settle: returns the state after the one before (None at first) and the one just read.
    """

    name: str
    read: Callable[[Sequence[str]], Awaitable[Mapping[str, Any]]]
    seconds: float
    settle: Callable[[Any, Any], Any] = lambda before, now: now


class Subscriber:
    """The box of one subscription: the newest state of each topic that was not read yet."""

    def __init__(self, topics: Iterable[WatchTopic]) -> None:
        self.topics = tuple(dict.fromkeys(topics))
        self._box: dict[WatchTopic, Any] = {}
        self._bell = asyncio.Event()  # set while the box has states, or once closed
        self._closed = False

    def offer(self, topic: WatchTopic, state: Any) -> None:
        """Put a state in, in place of an unread one of the same topic."""
        self._box[topic] = state
        self._bell.set()

    def close(self) -> None:
        """End the subscription, once the unread states are read."""
        self._closed = True
        self._bell.set()

    async def changes(self) -> AsyncIterator[dict[WatchTopic, Any]]:
        """Yield the unread states whenever there are some, until the poller closes."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            if self._box:
                box, self._box = self._box, {}
                yield box
            elif self._closed:
                return
            if self._closed:
                self._bell.set()


@dataclass
class _Watched:
    """A topic, its last state, and its subscribers."""

    subscribers: set[Subscriber] = field(default_factory=set)
    known: bool = False
    state: Any = None


class ChangePoller:
    """Polls the topics of all subscribers, and sends them changes."""

    def __init__(self, kinds: Iterable[TopicKind], max_topics: int = MAX_TOPICS) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._max_topics = max_topics
        self._watched: dict[WatchTopic, _Watched] = {}
        self._fresh: set[WatchTopic] = set()
        self._wake = asyncio.Event()
        self._due = dict.fromkeys(self._kinds, 0.0)
        self._closed = False

    @property
    def topics(self) -> int:
        """Number of watched topics."""
        return len(self._watched)

    @contextmanager
    def subscribe(self, topics: Iterable[WatchTopic]) -> Iterator[Subscriber]:
        """Watch topics as long as the context lasts.

        Raises:
            LimitExceededError: this process watches the maximum number of topics.
        """
        subscriber = Subscriber(topics)
        new = [topic for topic in subscriber.topics if topic not in self._watched]
        if len(self._watched) + len(new) > self._max_topics:
            raise LimitExceededError(
                f"This server watches {self._max_topics:,} things at most. Subscribe to less, or "
                "try again later."
            )
        for topic in subscriber.topics:
            watched = self._watched.setdefault(topic, _Watched())
            watched.subscribers.add(subscriber)
            if watched.known:
                subscriber.offer(topic, watched.state)
            else:
                self._fresh.add(topic)
        self._wake.set()
        if self._closed:
            subscriber.close()
        try:
            yield subscriber
        finally:
            self._leave(subscriber)

    async def run(self) -> None:
        """Poll until it is closed or cancelled; then every subscription ends."""
        try:
            while not self._closed:
                await self._pause()
                await self._poll()
        except asyncio.CancelledError:
            raise
        except BaseException:
            _log.exception("the poller failed; subscriptions end")
            raise
        finally:
            self.close()

    def close(self) -> None:
        """End every subscription, and the polling once the current read has ended."""
        self._closed = True
        self._wake.set()
        for watched in self._watched.values():
            for subscriber in watched.subscribers:
                subscriber.close()

    def _leave(self, subscriber: Subscriber) -> None:
        for topic in subscriber.topics:
            watched = self._watched[topic]
            watched.subscribers.discard(subscriber)
            if not watched.subscribers:
                del self._watched[topic]
                self._fresh.discard(topic)

    async def _pause(self) -> None:
        """Sleep until the next kind is due or a subscriber comes; without any, do not poll."""
        loop = asyncio.get_running_loop()
        watched = {topic.kind for topic in self._watched}
        due = min((self._due[kind] for kind in watched), default=None)
        timeout = None if due is None else max(0.0, due - loop.time())
        try:
            async with asyncio.timeout(timeout):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _poll(self) -> None:
        """Read the kinds that are due, and topics that were not read yet."""
        now = asyncio.get_running_loop().time()
        groups: dict[str, list[WatchTopic]] = defaultdict(list)
        for topic in self._watched:
            if self._due[topic.kind] <= now or topic in self._fresh:
                groups[topic.kind].append(topic)
        self._fresh.clear()
        for kind in [name for name, due in self._due.items() if due <= now]:
            self._due[kind] = now + self._kinds[kind].seconds
        for kind, topics in groups.items():
            for start in range(0, len(topics), KEYS_PER_READ):
                await self._read(self._kinds[kind], topics[start : start + KEYS_PER_READ])

    async def _read(self, kind: TopicKind, topics: Sequence[WatchTopic]) -> None:
        try:
            states = await kind.read([topic.key for topic in topics])
        except StoreError as exc:
            # Read again when the kind is next due; that read sees the changes in between.
            _log.warning(
                "subscribers wait for the database",
                extra={"topics": len(topics), "error": type(exc).__name__},
            )
            return
        for topic in topics:
            watched = self._watched.get(topic)
            if watched is None:  # its last subscriber left during the read
                continue
            state = kind.settle(watched.state, states.get(topic.key))
            if not watched.known or state != watched.state:
                watched.known, watched.state = True, state
                for subscriber in watched.subscribers:
                    subscriber.offer(topic, state)
