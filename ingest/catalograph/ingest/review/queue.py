"""The review queue as extraction and training see it: questions go in, decisions come out."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from catalograph.ingest.review.facts import iter_training_rows
from catalograph.ingest.review.file_import import import_review_file
from catalograph.ingest.review.kinds import REVIEW_KINDS
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.queries.review_queue import (
    ReviewQuestion,
    iter_label_items,
    list_kinds,
    list_rejected_attributes,
    put_items,
    read_fact_items,
)

_FEWEST_REJECTIONS = 3
"""Rejected values of an attribute from which on it is not proposed again."""


class ReviewQueue:
    """The review queue of a graph; the graph is first used by the first call.

    Args:
        settings: settings that name the home, in which an earlier version may have left a queue.
        connection: connection to a migrated graph.
    """

    def __init__(self, settings: Settings, connection: Connection) -> None:
        self._settings = settings
        self._connection = connection
        self._prepared = False
        self._turn = threading.Lock()

    def prepare(self) -> None:
        """Import the file of an earlier version, and ask what the graph raises already; once."""
        with self._turn:
            if self._prepared:
                return
            import_review_file(self._settings, self._connection)
            known = list_kinds(self._connection)
            for kind in REVIEW_KINDS.values():
                if kind.fill is not None and kind.name not in known:
                    put_items(self._connection, list(kind.fill(self._connection)))
            self._prepared = True

    def put(self, questions: Sequence[ReviewQuestion]) -> int:
        """Ask questions; earlier decisions stay. Return how many wait now and did not before."""
        self.prepare()
        return put_items(self._connection, questions)

    def list_settled(self, products: Sequence[str]) -> dict[str, frozenset[str]]:
        """Return keys of the values and brands that people have decided, by product."""
        self.prepare()
        found: dict[str, set[str]] = defaultdict(set)
        for item in read_fact_items(self._connection, products):
            found[str(item.product)].add(str(item.tail))
        return {product: frozenset(tails) for product, tails in found.items()}

    def training_rows(self) -> Iterator[dict[str, Any]]:
        """Yield decisions about values as labelled texts; see `iter_training_rows`."""
        self.prepare()
        return iter_training_rows(iter_label_items(self._connection))

    def rejected_attributes(self) -> dict[str | None, frozenset[str]]:
        """Return the attributes, by category, whose values people have always rejected.

        An attribute counts from its third decision; one accepted value takes it off the list.
        """
        self.prepare()
        found: dict[str | None, set[str]] = defaultdict(set)
        for category, attribute in list_rejected_attributes(self._connection, _FEWEST_REJECTIONS):
            found[category].add(attribute)
        return {category: frozenset(names) for category, names in found.items()}
