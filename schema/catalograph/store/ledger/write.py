"""Writing records: idempotent, provable, in managed transactions with sorted keys.

A record whose content hash is known is not written again. A changed one is compared with what it
said before: supports that went away are withdrawn, and with the last support its edge. Whatever the
order of additions, changes and withdrawals, the graph ends as if written afresh. What a changed or
withdrawn record said before is kept, so that a run can be rolled back by its id.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from catalograph.schema import InteractionRecord, SourceRecord
from catalograph.schema.ontology import RunStatus
from catalograph.store.connection.connect import (
    Connection,
    Transaction,
)
from catalograph.store.ledger import (
    assertions,
    interactions,
)
from catalograph.store.ledger.assertions import WriteResult
from catalograph.store.ledger.record_snapshot import (
    InteractionSnapshot,
    RecordSnapshot,
    take_snapshot,
)
from catalograph.store.ledger.runs import RunLog
from catalograph.store.ledger.shared_nodes import SharedNodes

R = TypeVar("R", bound=SourceRecord | InteractionRecord)
KEYS_PER_PAGE = 5_000
RECORDS_PER_BATCH = 1_000
DERIVED_KINDS = ("text", "decided", "imputed")
"""Kinds of record that tell more of a catalogue's product, and go with its own."""


@dataclass(frozen=True)
class WriteCounts:
    """How many records were written and how many were the same already.

    Attributes:
        written: records that are new or have changed.
        unchanged: records that were there already.
        touched: products of which something else is said now.
    """

    written: int = 0
    unchanged: int = 0
    touched: int = field(default=0, compare=False)

    def __add__(self, other: "WriteCounts") -> "WriteCounts":
        return WriteCounts(
            self.written + other.written,
            self.unchanged + other.unchanged,
            self.touched + other.touched,
        )


class Writer:
    """Writes records through one connection; remembers which shared nodes are there already."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._shared = SharedNodes()
        self._runs = RunLog(connection)

    def start_run(self, kind: str, arguments: Mapping[str, Any] | None = None) -> str:
        """Record that an ingest begins.

        Args:
            kind: what runs.
            arguments: what it is called with, for `catalograph runs resume`; no secrets.

        Returns:
            The run's id, written on everything it writes.
        """
        return self._runs.start(kind, arguments)

    def share_run(self, kind: str) -> str:
        """Return the id of the run that single records share; see `RunLog.share`."""
        return self._runs.share(kind)

    def report_to_run(self, run: str, **counts: int) -> None:
        """Add to the report of a shared run."""
        self._runs.report(run, **counts)

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        """Record that an ingest ended, with its report."""
        self._runs.end(run, RunStatus.FINISHED, counts=counts)

    def fail_run(self, run: str, error: str) -> None:
        """Record that an ingest failed; one that ended already stays as it is."""
        self._runs.end(run, RunStatus.FAILED, error=error)

    def note_progress(self, run: str, doing: str, share: float, rows: int) -> None:
        """Tell how far a run is, for those who watch it; written with its next batch."""
        self._runs.progress(run, doing=doing, share=round(share, 4), rows=rows)

    def count_changes(self, records: Sequence[SourceRecord | InteractionRecord]) -> WriteCounts:
        """Count what writing these records would do, without writing."""
        unchanged = len(records) - len(self._select_changed(records))
        return WriteCounts(len(records) - unchanged, unchanged)

    def read_content_hashes(self, keys: Sequence[str]) -> dict[str, str]:
        """Content hashes of the records that are there, by key; of reviews and events, too."""
        rows = self.connection.read("read_content_hashes", keys=list(keys))
        return {row["key"]: row["content_hash"] for row in rows}

    def list_record_keys(self, prefix: str) -> Iterator[str]:
        """Keys of all records that begin so, in their order, read in pages."""
        after = ""
        while True:
            page = [
                row["key"]
                for row in self.connection.read(
                    "list_record_keys", prefix=prefix, after=after, limit=KEYS_PER_PAGE
                )
            ]
            yield from page
            if len(page) < KEYS_PER_PAGE:
                return
            after = page[-1]

    def changed_products(self, since: datetime) -> list[str]:
        """Keys of the products of which runs changed what is said, since that moment; sorted."""
        rows = self.connection.read("list_changed_products", since=since)
        return sorted(row["key"] for row in rows)

    def write_records(self, records: Sequence[SourceRecord], run: str) -> WriteCounts:
        """Write records of a feed with the triples they support, in one transaction.

        Raises:
            StoreUnavailableError: no answer; nothing of this batch was written.
            RunCancelledError: the run was cancelled; nothing of this batch was written.
        """
        self._runs.beat(run)
        changed = sorted(self._select_changed(records), key=lambda r: r.key)
        touched = 0
        if changed:
            snapshots = [take_snapshot(record, run) for record in changed]
            outcome = self.commit(lambda tx, s: assertions.write_snapshots(tx, snapshots, run, s))
            touched = len(outcome.touched)
        return self._count(run, len(changed), len(records), touched)

    def write_interactions(self, records: Sequence[InteractionRecord], run: str) -> WriteCounts:
        """Write reviews or events, with users and products they name, in one transaction.

        Raises:
            StoreUnavailableError: no answer; nothing of this batch was written.
            RunCancelledError: the run was cancelled; nothing of this batch was written.
        """
        self._runs.beat(run)
        changed = sorted(self._select_changed(records), key=_record_key)
        if changed:
            new = [InteractionSnapshot(record, run) for record in changed]
            self.commit(lambda tx, s: interactions.write_interactions(tx, new, run, s))
        return self._count(run, len(changed), len(records), 0)

    def withdraw_records(self, keys: Sequence[str], run: str) -> int:
        """Take records of a feed away, and exactly what they said.

        What was derived from them goes with them: what was read in their texts, what people
        decided about it, what was imputed.
        A product that no other record describes goes, too, or is known by name only where something
        still refers to it.

        Args:
            keys: `source:<source>:catalog/<id>`; unknown ones are passed over.
            run: keeps what they said for its roll-back.

        Returns:
            How many of `keys` were there.
        """
        found = 0
        for page in _pages(keys):
            self._runs.beat(run)
            found += len(self.read_content_hashes(page))
            derived = [d for key in page for d in _derived_keys(key)]
            self._withdraw([*page, *derived], run)
        self._runs.count(run, withdrawn=found)
        return found

    def withdraw_interactions(self, keys: Sequence[str], run: str) -> int:
        """Take reviews and events away, with users who then did nothing.

        Args:
            keys: of reviews or events; unknown ones are passed over.
            run: keeps what they were for its roll-back.

        Returns:
            How many there were.
        """
        found = 0
        for page in _pages(keys):
            self._runs.beat(run)
            found += self.discard(page, run)
        self._runs.count(run, withdrawn=found)
        return found

    def discard(self, keys: Sequence[str], run: str | None) -> int:
        """Withdraw reviews and events in one transaction; without a run nothing is kept of them."""
        work = interactions.withdraw_interactions
        return self.commit(lambda tx, _: work(tx, keys, run)).records

    def restore(
        self, snapshots: Sequence[RecordSnapshot | InteractionSnapshot], changes: Sequence[str]
    ) -> None:
        """Make records what these images say and drop the changes that kept them."""
        feed = [i for i in snapshots if isinstance(i, RecordSnapshot)]
        events = [i for i in snapshots if isinstance(i, InteractionSnapshot)]

        def work(tx: Transaction, shared: SharedNodes) -> WriteResult:
            outcome = WriteResult(0)
            if feed:
                outcome = assertions.restore_snapshots(tx, feed, shared)
            if events:
                interactions.restore_interactions(tx, events, shared)
            tx.run("remove_changes", keys=list(changes))
            return WriteResult(len(snapshots), outcome.touched, removed=True)

        self.commit(work)

    def take_back(self, keys: Sequence[str]) -> int:
        """Withdraw records of any kind and keep nothing of them, as they are as good as never."""
        events = [key for key in keys if interactions.is_interaction(key)]
        feed = [key for key in keys if not interactions.is_interaction(key)]
        taken = self.discard(events, None) if events else 0
        return taken + (self._withdraw(feed, None) if feed else 0)

    def commit(self, work: Callable[[Transaction, SharedNodes], WriteResult]) -> WriteResult:
        """Run `work` in a transaction; what it merged is remembered only once it is committed."""
        attempts = 0

        def attempt(tx: Transaction) -> WriteResult:
            nonlocal attempts
            attempts += 1
            if attempts > 1:  # what this writer remembers may have gone
                self._shared.forget()
            self._shared.begin()
            return work(tx, self._shared)

        outcome = self.connection.write(attempt)
        if outcome.removed:
            self._shared.forget()
        else:
            self._shared.commit()
        return outcome

    def _withdraw(self, keys: Sequence[str], run: str | None) -> int:
        return self.commit(lambda tx, _: assertions.withdraw_sources(tx, keys, run)).records

    def _select_changed(self, records: Sequence[R]) -> list[R]:
        stored = self.read_content_hashes([_record_key(r) for r in records])
        return [r for r in records if stored.get(_record_key(r)) != _content_hash(r)]

    def _count(self, run: str, written: int, records: int, touched: int) -> WriteCounts:
        counts = WriteCounts(written, records - written, touched)
        self._runs.count(run, written=written, unchanged=counts.unchanged, touched=touched)
        return counts


def _pages(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), RECORDS_PER_BATCH):
        yield keys[start : start + RECORDS_PER_BATCH]


def _derived_keys(key: str) -> Iterator[str]:
    """Keys of the records that may have been derived from a record of a catalogue."""
    head, slash, id_ = key.partition("/")
    feed, colon, kind = head.rpartition(":")
    if slash and colon and kind == "catalog":
        yield from (f"{feed}:{derived}/{id_}" for derived in DERIVED_KINDS)


def _record_key(record: SourceRecord | InteractionRecord) -> str:
    return record.key if isinstance(record, SourceRecord) else record.node.key


def _content_hash(record: SourceRecord | InteractionRecord) -> Any:
    if isinstance(record, SourceRecord):
        return record.content_hash
    return record.node.properties["content_hash"]
