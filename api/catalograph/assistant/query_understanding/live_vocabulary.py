"""The vocabulary of a running server: read from the graph, and again after the graph changed."""

import asyncio
import logging
import time
from collections.abc import Sequence

from catalograph.assistant.query_understanding.parser import understand
from catalograph.assistant.query_understanding.vocabulary import SearchVocabulary
from catalograph.errors import StoreError
from catalograph.store import AsyncConnection
from catalograph.store.queries.vocabulary import (
    NameRow,
    SampleRow,
    read_popular_queries,
    read_vocabulary,
    read_vocabulary_state,
)

_log = logging.getLogger(__name__)
POPULAR = 5_000
"""Largest number of popular queries in memory."""
_POPULAR_SECONDS = 300.0
_WARMING = "5 inch 5 kg 5 l 64 gb under $5"


class LiveVocabulary:
    """SearchVocabulary and popular queries of one process.

    Args:
        connection: open connection.
        seconds: time between two looks for changes of the graph.
        shoppers: least number of different shoppers of a popular query.
    """

    def __init__(self, connection: AsyncConnection, seconds: float, shoppers: int) -> None:
        self._connection = connection
        self._seconds = seconds
        self._shoppers = shoppers
        self._lock = asyncio.Lock()
        self._vocabulary: SearchVocabulary | None = None
        self._state = ""
        self._next = float("-inf")
        self._popular: list[str] = []
        self._popular_read = float("-inf")

    @property
    def loaded(self) -> SearchVocabulary | None:
        """The vocabulary, if it was read already."""
        return self._vocabulary

    async def current(self) -> SearchVocabulary | None:
        """Return the vocabulary; None if it cannot be read. The first caller reads it."""
        if self._vocabulary is None and time.monotonic() >= self._next:
            try:
                await self.refresh()
            except StoreError as exc:
                self._next = time.monotonic() + self._seconds
                _warn(exc)
        return self._vocabulary

    async def refresh(self) -> None:
        """Read the vocabulary again if the graph changed since.

        Raises:
            StoreError: the database does not answer.
        """
        async with self._lock:
            state = await read_vocabulary_state(self._connection)
            if self._vocabulary is not None and state == self._state:
                return
            names, products = await read_vocabulary(self._connection)
            # In a thread: it takes up to a second of CPU and would block the event loop.
            self._vocabulary = await asyncio.to_thread(_build, names, products)
            self._state = state

    async def popular(self) -> Sequence[str]:
        """Return queries of at least the set number of shoppers, the most frequent first.

        Raises:
            StoreError: the database does not answer.
        """
        async with self._lock:
            if time.monotonic() - self._popular_read >= _POPULAR_SECONDS:
                found = await read_popular_queries(self._connection, self._shoppers, POPULAR)
                self._popular = [text for text, _ in found]
                self._popular_read = time.monotonic()
        return self._popular

    async def run(self) -> None:
        """Refresh at intervals, until cancelled; a database that is away is tried again."""
        while True:
            try:
                await self.refresh()
            except StoreError as exc:
                _warn(exc)
            await asyncio.sleep(self._seconds)


def _warn(exc: StoreError) -> None:
    _log.warning("search has no vocabulary yet", extra={"error": type(exc).__name__})


def _build(names: Sequence[NameRow], products: Sequence[SampleRow]) -> SearchVocabulary:
    built = SearchVocabulary(names, products)
    understand(_WARMING, built)  # the library of units is loaded and its factors are kept
    return built
