"""Writing one partition of a feed: the seam for every engine that has several writers.

A partition has all rows of its records, those of one record one after the other in the feed's
order. So one writer owns each record, the last row of a key counts as in one process, and the graph
does not depend on the number of partitions. What is learned from all rows of the feed travels with
the task, as does its run; counts add up, and rejected rows go back to whoever keeps them.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest import fingerprint
from catalograph.ingest.aspects import Aspects
from catalograph.ingest.batches import RecordBatch, RecordWriter
from catalograph.ingest.collection import collect_rarely
from catalograph.ingest.feeds import Feed, matcher_of, sink_of
from catalograph.ingest.interactions import InteractionFeed
from catalograph.ingest.readers import FeedRow
from catalograph.ingest.report import Counters
from catalograph.ingest.row_preparation import PreparedRow
from catalograph.ingest.snapshot import FeedSnapshot
from catalograph.ingest.validation import BuildResult
from catalograph.ingest.variant_clashes import VariantClashes
from catalograph.schema import Rejection
from catalograph.settings import Settings

PartOpener = Callable[[Settings, str], AbstractContextManager[RecordWriter]]
"""Opens the store of one of several writers, by its name; it can be pickled."""
KeyedRow = tuple[str, PreparedRow]
"""A row with the key of its record; an empty key for a row that has none."""


class RejectionKeeper(Protocol):
    """Keeps rejected rows and values; see `catalograph.ingest.rejection_log.RejectionLog`."""

    def add(
        self, row: FeedRow, rejections: Sequence[Rejection], *, file: str | None = None
    ) -> None:
        """Keep why a row or some of its values were rejected."""


@dataclass
class RejectionBuffer:
    """Rejections of one writer, for whoever keeps those of all.

    Attributes:
        kept: rejected rows, each with the reasons.
    """

    kept: list[tuple[FeedRow, Sequence[Rejection]]] = field(default_factory=list)

    def add(
        self, row: FeedRow, rejections: Sequence[Rejection], *, file: str | None = None
    ) -> None:
        """Keep the row if it has rejections."""
        if rejections:
            self.kept.append((row, tuple(rejections)))


@dataclass(frozen=True)
class PartitionTask:
    """What all writers of a feed share; it can be pickled.

    Attributes:
        feed: builder of the records, whose learning is finished. A pickled one has no secret.
        kind: kind of the feed.
        name: name of the file or topic, for messages.
        run: id of the run; None only counts what would change.
        open_part: opens the store of a writer; None writes to the graph of the settings.
    """

    feed: Feed
    kind: str
    name: str
    run: str | None
    open_part: PartOpener | None = None


def write_partition(
    rows: Iterable[KeyedRow],
    task: PartitionTask,
    store: RecordWriter,
    settings: Settings,
    kept_out: RejectionKeeper,
    aspects: Aspects | None = None,
    *,
    after: Callable[[Sequence[Any]], None] | None = None,
    clashes: VariantClashes | None = None,
) -> Counters:
    """Write the rows of one partition.

    Args:
        rows: its rows, those of one key one after the other.
        task: what all partitions of the feed share.
        store: store to write to; each partition that is written at the same time has its own.
        settings: settings with the secret that turns user ids into pseudonyms.
        kept_out: keeper of rejected rows and values.
        aspects: reader of aspects in reviews.
        after: callback that receives the records of each written batch.
        clashes: finds variants among the rows that later ones replace.

    Returns:
        The counts of these rows, which `Counters.merge` adds to those of other partitions.

    Raises:
        RunCancelledError: the run was cancelled.
        StoreUnavailableError: the database does not answer.
    """
    counters = Counters()
    feed = task.feed
    if isinstance(feed, InteractionFeed):
        feed.use_secret(settings.user_hmac_key)
    matcher = matcher_of(feed, store, task.name, counters)
    match = None if matcher is None else matcher.match
    sink = sink_of(store, task.kind, aspects)
    with collect_rarely(), sink.batch(store, task.run, counters, after, match) as batch:
        for row in _last_of_each_key(rows, counters, clashes or VariantClashes(feed)):
            process_row(row, feed, batch, counters, kept_out)
    return counters


def _last_of_each_key(
    rows: Iterable[KeyedRow], counters: Counters, clashes: VariantClashes
) -> Iterator[PreparedRow]:
    """Yield the rows that no later row replaces; count all, and those that are replaced."""
    held: KeyedRow | None = None
    for key, row in rows:
        counters.rows += 1
        if held is not None and held[0] and held[0] == key:
            counters.superseded += 1
            clashes.see_replaced(held[1].fields)
        elif held is not None:
            clashes.see_kept(held[1].fields)
            yield held[1]
        held = (key, row)
    if held is not None:
        clashes.see_kept(held[1].fields)
        yield held[1]


def learn_row(row: PreparedRow, feed: Feed, snapshot: FeedSnapshot | None = None) -> str:
    """Learn from a row in the first pass.

    Args:
        row: row to learn from.
        feed: feed that learns.
        snapshot: full snapshot that takes note of the row's record.

    Returns:
        The key of its record; empty if the row cannot be written.
    """
    if isinstance(row.fields, Rejection):
        if snapshot is not None:
            snapshot.unreadable += 1
        return ""
    key = feed.prepare(row.fields)
    # A row that cannot be written may still have a key.
    seen = feed.key(row.fields) if snapshot is not None and isinstance(key, Rejection) else key
    if snapshot is not None and not isinstance(seen, Rejection):
        snapshot.see(seen)
    return "" if isinstance(key, Rejection) else key


def process_row(
    row: PreparedRow,
    feed: Feed,
    batch: RecordBatch[Any],
    counters: Counters,
    kept_out: RejectionKeeper,
    *,
    file: str | None = None,
) -> None:
    """Build a row's record, or count why there is none.

    Args:
        row: row to process.
        feed: feed that builds the record.
        batch: batch that takes the record, or the key of a deleted record.
        counters: counters of rejections.
        kept_out: keeper of rejections.
        file: name of the row's file, if it is not the feed's; None takes the row's own.
    """
    built: BuildResult[Any] = (
        BuildResult(None, (row.fields,))
        if isinstance(row.fields, Rejection)
        else feed.build(row.fields)
    )
    rejections = (*row.rejections, *built.rejections)
    counters.count_rejections(rejections)
    counters.notes.update((row.note,) if row.note else ())
    counters.notes.update(built.notes)
    kept_out.add(row, rejections, file=file or row.file)
    if built.withdrawn is not None:
        batch.withdraw(built.withdrawn)
    elif built.record is None:
        counters.rejected += 1
    else:
        batch.add(built.record)


class RowKeys:
    """Keys of the rows of a feed, by their numbers, in 16 bytes each.

    A key is kept as a hash of 8 bytes; with 10 million keys the chance that two have the same is
    one in four hundred thousand.
    """

    def __init__(self) -> None:
        self._hashes, self._numbers = array("Q"), array("Q")

    def add(self, number: int, key: str) -> None:
        """Note the key of a row; numbers come in order."""
        self._hashes.append(fingerprint.short_hash(key))
        self._numbers.append(number)

    def list_superseded(self) -> NDArray[np.uint64]:
        """Return the sorted numbers of the rows whose key a later row has."""
        order = np.argsort(self._keys(), kind="stable")
        again = self._keys()[order][:-1] == self._keys()[order][1:]
        return np.sort(self._rows()[order[:-1][again]])

    def hash_of(self) -> Callable[[int], int]:
        """Return a function from a row's number to the hash of its key; numbers come in order.

        A row without a key has its number as its hash, so that such rows are spread evenly.
        """
        pairs: Iterator[tuple[int, int]] = zip(self._numbers, self._hashes, strict=True)
        at = next(pairs, None)

        def look_up(number: int) -> int:
            nonlocal at
            while at is not None and at[0] < number:
                at = next(pairs, None)
            return number if at is None or at[0] != number else at[1]

        return look_up

    def _keys(self) -> NDArray[np.uint64]:
        return np.frombuffer(self._hashes, np.uint64) if self._hashes else np.empty(0, np.uint64)

    def _rows(self) -> NDArray[np.uint64]:
        return np.frombuffer(self._numbers, np.uint64) if self._numbers else np.empty(0, np.uint64)
