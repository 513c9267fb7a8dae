"""What an ingest asks of an engine that reads and writes a feed in several places at once."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from catalograph.ingest.feeds import Feed
from catalograph.ingest.partitions import PartitionTask, RejectionKeeper
from catalograph.ingest.readers import DatabaseQuery, FeedLimits, ReadOptions
from catalograph.ingest.report import Counters
from catalograph.ingest.snapshot import FeedSnapshot

PartProgress = Callable[[str, float, int], None]
"""Callback that receives the current step, the share done (0 to 1) and the rows so far.

What it raises ends the step in all places."""


@dataclass
class LearnedRows:
    """What the first pass over all rows of a feed found.

    Attributes:
        feed: builder of the records, which has learned and not yet finished.
        snapshot: keys of the rows, for a full snapshot.
        skipped: number of rows that the mapping leaves out.
        notes: number of rows that were found in a certain way, by what was chosen.
    """

    feed: Feed
    snapshot: FeedSnapshot
    skipped: int = 0
    notes: Counter[str] = field(default_factory=Counter)

    def merge(self, other: "LearnedRows") -> None:
        """Add what the first pass over later rows found."""
        self.feed.merge(other.feed)
        self.snapshot.merge(other.snapshot)
        self.skipped += other.skipped
        self.notes.update(other.notes)


@dataclass
class WrittenRows:
    """What the writers of a feed counted.

    Attributes:
        counters: sum of their counts.
        clashes: options of the variants of each id that several share.
        texts: counts of the texts that models read.
    """

    counters: Counters = field(default_factory=Counters)
    clashes: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)


class EngineFeed(Protocol):
    """A feed at an address that an engine reads."""

    @property
    def name(self) -> str:
        """Address of the feed, without a password."""

    @property
    def stem(self) -> str:
        """Name of the feed without folders and extensions."""

    def list_columns(self) -> set[str]:
        """Return the columns of the first rows.

        Raises:
            MappingError: only a mapping that the user names can say them.
        """

    def learn(
        self, feed: Feed, options: ReadOptions, progress: PartProgress, *, snapshot: bool
    ) -> LearnedRows:
        """Read all rows for the first pass and keep them with the keys of their records.

        Args:
            feed: builder of the records, which has learned nothing yet.
            options: how to read the files.
            progress: callback that receives the progress.
            snapshot: whether to take note of all keys.

        Raises:
            SourceFormatError: a file cannot be read as a whole.
            IngestError: the engine failed.
        """

    def write(
        self, task: PartitionTask, kept_out: RejectionKeeper, progress: PartProgress
    ) -> WrittenRows:
        """Write the rows that were learned from, each by the writer that owns its record.

        Args:
            task: what all writers share; its feed has finished learning.
            kept_out: keeper of rejected rows and values, each of which it receives once.
            progress: callback that receives the progress.

        Raises:
            RunCancelledError: the run was cancelled.
            IngestError: the engine failed.
        """


class FeedEngine(Protocol):
    """An engine with several writers; see `catalograph.ingest.spark`."""

    @property
    def arguments(self) -> Mapping[str, object]:
        """Arguments that are kept with the run; no secrets."""

    def open(
        self, address: Path | str | DatabaseQuery, limits: FeedLimits
    ) -> AbstractContextManager[EngineFeed]:
        """Open the feed at an address."""


def add_counts(total: dict[str, Any], counts: Mapping[str, Any]) -> None:
    """Add numbers by name, also within objects; what is no sum, such as a ratio, is left out."""
    for name, value in counts.items():
        if isinstance(value, Mapping):
            add_counts(total.setdefault(name, {}), value)
        elif isinstance(value, int | float) and "_per_" not in name:
            total[name] = total.get(name, 0) + value
