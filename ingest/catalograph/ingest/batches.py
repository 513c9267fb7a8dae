"""Handing records to the store: in batches, or only asking what would change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from catalograph.ingest.report import Tally
from catalograph.schema import InteractionRecord, SourceRecord

MOST_RECORDS = 1_000
MOST_TRIPLES = 10_000

R = TypeVar("R", SourceRecord, InteractionRecord)


class Counts(Protocol):
    """What became of a batch."""

    @property
    def written(self) -> int:
        """Records that are new or have changed."""

    @property
    def unchanged(self) -> int:
        """Records that were there already."""


class RecordWriter(Protocol):
    """The part of the store that an ingest needs; writing is idempotent by content hash."""

    def start_run(self, kind: str) -> str:
        """Begin a run; its id."""

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        """End a run with its report."""

    def count_changes(self, records: Sequence[SourceRecord | InteractionRecord]) -> Counts:
        """What writing these would do, without writing."""

    def write_records(self, records: Sequence[SourceRecord], run: str) -> Counts:
        """Write records of a feed."""

    def write_interactions(self, records: Sequence[InteractionRecord], run: str) -> Counts:
        """Write reviews and events."""


class Batch(Generic[R]):
    """Collects records and hands them over when there are enough.

    Args:
        store: asked what would change.
        write: the store's method for these records.
        run: run they are of; None only counts what would change.
        tally: counts the outcome, in rows.
    """

    def __init__(
        self,
        store: RecordWriter,
        write: Callable[[Sequence[R], str], Counts],
        run: str | None,
        tally: Tally,
    ) -> None:
        self._store = store
        self._write: Callable[[Sequence[R], str], Counts] = write
        self._run = run
        self._tally = tally
        self._records: list[R] = []
        self._rows: list[int] = []
        self._triples = 0

    def add(self, record: R, rows: int = 1) -> None:
        """Take a record made of that many rows."""
        triples = _triples_in(record)
        full = len(self._records) >= MOST_RECORDS or self._triples + triples > MOST_TRIPLES
        if full:
            self.flush()
        self._records.append(record)
        self._rows.append(rows)
        self._triples += triples

    def flush(self) -> None:
        """Hand over what is there."""
        if not self._records:
            return
        if all(n == 1 for n in self._rows):
            counts = self._hand_over()
            self._tally.written += counts.written
            self._tally.unchanged += counts.unchanged
        else:
            # Only the store knows which records change, so it is asked before they do.
            changed = self._changed_rows(0, len(self._records))
            if self._run is not None:
                self._hand_over()
            self._tally.written += changed
            self._tally.unchanged += sum(self._rows) - changed
        self._tally.records += len(self._records)
        self._tally.triples += self._triples
        self._records, self._rows, self._triples = [], [], 0

    def _hand_over(self) -> Counts:
        if self._run is None:
            return self._store.count_changes(self._records)
        return self._write(self._records, self._run)

    def _changed_rows(self, start: int, end: int) -> int:
        """Rows of the records that change, halving the batch until each half agrees."""
        counts = self._store.count_changes(self._records[start:end])
        if not counts.unchanged or not counts.written:
            return sum(self._rows[start:end]) if counts.written else 0
        middle = (start + end) // 2
        return self._changed_rows(start, middle) + self._changed_rows(middle, end)


def _triples_in(record: SourceRecord | InteractionRecord) -> int:
    return len(record.triples) if isinstance(record, SourceRecord) else 0
