"""Batches of records for the store; one is written while the next is prepared."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from catalograph.ingest.product_matching import CatalogueLookup
from catalograph.ingest.report import Counters
from catalograph.schema import CompositeRecord, InteractionRecord, SourceRecord

MOST_RECORDS = 1_000
MOST_TRIPLES = 10_000

Record = SourceRecord | InteractionRecord | CompositeRecord
R = TypeVar("R", SourceRecord, InteractionRecord, CompositeRecord)


class Counts(Protocol):
    """Result of writing a batch."""

    @property
    def written(self) -> int:
        """Number of new or changed records."""

    @property
    def unchanged(self) -> int:
        """Number of records that were stored already."""


class RecordWriter(Protocol):
    """The part of the store that an ingest needs; writing is idempotent by content hash."""

    @property
    def catalogues(self) -> CatalogueLookup | None:
        """The catalogues that are stored already; None where no database can be asked."""

    def start_run(self, kind: str, arguments: Mapping[str, object] | None = None) -> str:
        """Start a run; return its id."""

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        """Finish a run with its report."""

    def fail_run(self, run: str, error: str) -> None:
        """Mark a run as failed."""

    def note_progress(self, run: str, doing: str, share: float, rows: int) -> None:
        """Store the progress of a run."""

    def count_changes(self, records: Sequence[Record]) -> Counts:
        """Count what writing these records would change, without writing."""

    def read_content_hashes(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the content hashes of stored records, by key."""

    def list_record_keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys of feed records that begin with a prefix."""

    def write_records(self, records: Sequence[SourceRecord], run: str) -> Counts:
        """Write records of a feed."""

    def write_interactions(self, records: Sequence[InteractionRecord], run: str) -> Counts:
        """Write reviews and events."""

    def write_composites(self, records: Sequence[CompositeRecord], run: str) -> Counts:
        """Write documents and orders."""

    def withdraw_records(self, keys: Sequence[str], run: str) -> int:
        """Withdraw records of a feed; return how many there were."""

    def withdraw_interactions(self, keys: Sequence[str], run: str) -> int:
        """Withdraw reviews, events, documents and orders; return how many there were."""


@dataclass
class _Part(Generic[R]):
    """Content of one batch: records, their row counts and keys to withdraw."""

    records: list[R] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    triples: int = 0


@dataclass(frozen=True)
class _Outcome:
    """Result of writing a batch, in rows."""

    written: int
    unchanged: int
    withdrawn: int


class RecordBatch(Generic[R]):
    """Collects records and writes them when a batch is full; a context manager.

    A worker thread writes one batch while the next is prepared; there are never more than these
    two. An error of the worker is raised here, at the next batch or at the end.

    Args:
        store: store that tells which records would change.
        write: method of the store that writes these records.
        withdraw: method of the store that withdraws such records by key.
        run: id of the current run; None only counts what would change.
        tally: counters of the result, in rows.
        after: callback that receives the records of each written batch, in the worker thread.
        match: function that replaces records before they are written, in the worker thread.
    """

    def __init__(
        self,
        store: RecordWriter,
        write: Callable[[Sequence[R], str], Counts],
        withdraw: Callable[[Sequence[str], str], int],
        run: str | None,
        tally: Counters,
        after: Callable[[Sequence[R]], None] | None = None,
        match: Callable[[Sequence[R]], list[R]] | None = None,
    ) -> None:
        self._store = store
        self._write: Callable[[Sequence[R], str], Counts] = write
        self._withdraw: Callable[[Sequence[str], str], int] = withdraw
        self._run = run
        self._tally = tally
        self._after: Callable[[Sequence[R]], None] | None = after
        self._match: Callable[[Sequence[R]], list[R]] | None = match
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="catalograph-write")
        self._under_way: Future[_Outcome] | None = None
        self._part: _Part[R] = _Part()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            # Let a running write finish: it is one transaction, and the store is closed next.
            self._worker.shutdown(wait=True, cancel_futures=True)

    def add(self, record: R, rows: int = 1) -> None:
        """Add a record built from a number of rows."""
        triples = _triples_in(record)
        part = self._room_for(triples)
        part.records.append(record)
        part.rows.append(rows)
        part.triples += triples

    def withdraw(self, key: str) -> None:
        """Add the key of a record that a row marks as deleted."""
        self._room_for(0).gone.append(key)

    def flush(self) -> None:
        """Write the collected records and wait until they are written."""
        self._send()
        self._settle()

    def _room_for(self, triples: int) -> _Part[R]:
        part = self._part
        many = len(part.records) + len(part.gone) >= MOST_RECORDS
        if many or part.triples + triples > MOST_TRIPLES:
            self._send()
        return self._part

    def _send(self) -> None:
        part, self._part = self._part, _Part()
        if not part.records and not part.gone:
            return
        self._settle()
        self._tally.records += len(part.records)
        self._tally.triples += part.triples
        self._under_way = self._worker.submit(self._hand_over, part)

    def _settle(self) -> None:
        """Wait for the running batch and count its result."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            outcome = under_way.result()
            self._tally.written += outcome.written
            self._tally.unchanged += outcome.unchanged
            self._tally.withdrawn += outcome.withdrawn

    def _hand_over(self, part: _Part[R]) -> _Outcome:
        if self._match is not None:
            part.records = self._match(part.records)
        written, unchanged = self._write_part(part)
        found = self._take_away(part.gone)
        if self._after is not None and part.records:
            self._after(part.records)
        return _Outcome(written, unchanged + len(part.gone) - found, found)

    def _write_part(self, part: _Part[R]) -> tuple[int, int]:
        if not part.records:
            return 0, 0
        if all(n == 1 for n in part.rows):
            counts = (
                self._store.count_changes(part.records)
                if self._run is None
                else self._write(part.records, self._run)
            )
            return counts.written, counts.unchanged
        # Only the store knows which records change, so ask it before they are written.
        changed = self._changed_rows(part, 0, len(part.records))
        if self._run is not None:
            self._write(part.records, self._run)
        return changed, sum(part.rows) - changed

    def _take_away(self, keys: list[str]) -> int:
        if not keys:
            return 0
        if self._run is None:
            return len(self._store.read_content_hashes(keys))
        return self._withdraw(keys, self._run)

    def _changed_rows(self, part: _Part[R], start: int, end: int) -> int:
        """Return the number of rows of changed records.

        Halves the batch until all records of a part are changed or all are unchanged.
        """
        counts = self._store.count_changes(part.records[start:end])
        if not counts.unchanged or not counts.written:
            return sum(part.rows[start:end]) if counts.written else 0
        middle = (start + end) // 2
        return self._changed_rows(part, start, middle) + self._changed_rows(part, middle, end)


def _triples_in(record: Record) -> int:
    """Return the number of facts, or of parts and edges, that a record writes."""
    match record:
        case SourceRecord():
            return len(record.triples)
        case CompositeRecord():
            return len(record.parts) + len(record.links)
    return 0
