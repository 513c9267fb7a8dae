"""Write records: idempotent, with provenance, in managed transactions with sorted keys.

A record with an unchanged content hash is not written again. A changed record is compared with its
earlier state: missing supports are withdrawn, and with the last support of a fact its edge.
Whatever the order of additions, changes and withdrawals, the result equals a graph written from
scratch. The earlier state of a changed or withdrawn record is kept, so that a run can be rolled
back by its id.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from catalograph.schema import CompositeRecord, InteractionRecord, SourceRecord
from catalograph.schema.keys import label_of
from catalograph.schema.ontology import RunStatus
from catalograph.store.connection.connect import (
    Connection,
    Transaction,
)
from catalograph.store.ledger import (
    assertions,
    composites,
    interactions,
)
from catalograph.store.ledger.assertions import WriteResult
from catalograph.store.ledger.contents import withdraw_stale_contents
from catalograph.store.ledger.outbox import announce_changes
from catalograph.store.ledger.record_snapshot import (
    CompositeSnapshot,
    InteractionSnapshot,
    RecordSnapshot,
    Snapshot,
    take_snapshot,
)
from catalograph.store.ledger.runs import RunLog
from catalograph.store.ledger.shared_nodes import SharedNodes
from catalograph.store.queries.catalogues import CatalogueReader

Record = SourceRecord | InteractionRecord | CompositeRecord
R = TypeVar("R", bound=Record)
KEYS_PER_PAGE = 5_000
RECORDS_PER_BATCH = 1_000
DERIVED_KINDS = ("text", "decided", "imputed")
"""Kinds of record derived from a catalogue record; they are withdrawn with it."""


@dataclass(frozen=True)
class WriteCounts:
    """Number of records written and unchanged.

    Attributes:
        written: number of new or changed records.
        unchanged: number of records that were already stored.
        touched: number of products whose properties or facts changed.
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
    """Writes records through one connection, with a cache of merged shared nodes.

    Args:
        connection: connection that it writes through.
        part: name of this writer among several of one run, whose progress adds up; None for a
            run's only writer, or for the one that begins and ends it.

    Attributes:
        connection: connection that it writes through.
        catalogues: reader of the catalogues that are stored already.
    """

    def __init__(self, connection: Connection, part: str | None = None) -> None:
        self.connection = connection
        self.catalogues = CatalogueReader(connection)
        self._shared = SharedNodes()
        self._runs = RunLog(connection, part)

    def start_run(self, kind: str, arguments: Mapping[str, Any] | None = None) -> str:
        """Record the start of a run.

        Args:
            kind: kind of job.
            arguments: arguments of the job, for `catalograph runs resume`; no secrets.

        Returns:
            The run's id, stored on everything that it writes.
        """
        return self._runs.start(kind, arguments)

    def share_run(self, kind: str) -> str:
        """Return the id of the run shared by single records; see `RunLog.share`."""
        return self._runs.share(kind)

    def report_to_run(self, run: str, **counts: int) -> None:
        """Add to the report of a shared run."""
        self._runs.report(run, **counts)

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        """Record the end of a run, with its report."""
        self._runs.end(run, RunStatus.FINISHED, counts=counts)

    def fail_run(self, run: str, error: str) -> None:
        """Record the failure of a run; an ended run keeps its status."""
        self._runs.end(run, RunStatus.FAILED, error=error)

    def note_progress(self, run: str, doing: str, share: float, rows: int) -> None:
        """Note the progress of a run for its watchers; the next batch writes it."""
        self._runs.progress(run, doing=doing, share=round(share, 4), rows=rows)

    def count_changes(self, records: Sequence[Record]) -> WriteCounts:
        """Count the records that would be written, without writing."""
        unchanged = len(records) - len(self._select_changed(records))
        return WriteCounts(len(records) - unchanged, unchanged)

    def read_content_hashes(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the content hashes of stored records, reviews and events, by key."""
        rows = self.connection.read("read_content_hashes", keys=list(keys))
        return {row["key"]: row["content_hash"] for row in rows}

    def list_record_keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys of all records with a prefix, in order, read page by page."""
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
        """Return the keys of the products that runs changed since a time, sorted."""
        rows = self.connection.read("list_changed_products", since=since)
        return sorted(row["key"] for row in rows)

    def write_records(self, records: Sequence[SourceRecord], run: str) -> WriteCounts:
        """Write records of a feed with the triples they support, in one transaction.

        Raises:
            StoreUnavailableError: no answer; nothing of this batch was written.
            RunCancelledError: the run was cancelled; nothing of this batch was written.
        """
        self._runs.beat(run)
        # Sorted, so that all writers take locks in the same order. `write_snapshots` compares the
        # hashes again under the lock.
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

    def write_composites(self, records: Sequence[CompositeRecord], run: str) -> WriteCounts:
        """Write documents or orders with their parts, in one transaction.

        Raises:
            StoreUnavailableError: no answer; nothing of this batch was written.
            RunCancelledError: the run was cancelled; nothing of this batch was written.
        """
        self._runs.beat(run)
        changed = sorted(self._select_changed(records), key=_record_key)
        if changed:
            new = [CompositeSnapshot(record, run) for record in changed]
            self.commit(lambda tx, s: composites.write_composites(tx, new, run, s))
        return self._count(run, len(changed), len(records), 0)

    def withdraw_records(self, keys: Sequence[str], run: str) -> int:
        """Withdraw records of a feed and the facts that only they support.

        Derived records are withdrawn too: facts extracted from their texts, decisions of people
        about those, and imputed facts.
        A product that no other record describes is removed, or becomes unlisted if something still
        refers to it.

        Args:
            keys: keys `source:<source>:catalog/<id>`; unknown ones are ignored.
            run: run that keeps the records for its roll-back.

        Returns:
            The number of `keys` found.
        """
        found = 0
        for page in _pages(keys):
            self._runs.beat(run)
            found += len(self.read_content_hashes(page))
            derived = [d for key in page for d in _derived_keys(key)]
            self._withdraw([*page, *derived], run)
        self._runs.count(run, withdrawn=found)
        return found

    def drop_facts(
        self, dropped: Mapping[str, Collection[str]], run: str
    ) -> tuple[assertions.DroppedFact, ...]:
        """Remove single facts of records that a person rejected.

        The records keep their hash, so an unchanged text is not read again.

        Args:
            dropped: keys of the assertions to remove, by key of the record; unknown ones are
                ignored.
            run: run that keeps the records for its roll-back.

        Returns:
            The facts that were there, for `restore_facts`.
        """
        self._runs.beat(run)
        gone: tuple[assertions.DroppedFact, ...] = ()

        def work(tx: Transaction, shared: SharedNodes) -> WriteResult:
            nonlocal gone
            done, found = assertions.drop_facts(tx, dropped, run, shared)
            gone = found or gone  # a repeated attempt finds none
            return done

        changed = self.commit(work).records
        self._count(run, changed, changed, changed)
        return gone

    def restore_facts(self, facts: Collection[assertions.DroppedFact], run: str) -> int:
        """Add facts again that `drop_facts` removed, to records that are still there.

        Returns:
            The number of records changed.
        """
        self._runs.beat(run)
        changed = self.commit(lambda tx, s: assertions.restore_facts(tx, facts, run, s)).records
        self._count(run, changed, changed, changed)
        return changed

    def rewrite_records(
        self,
        products: Collection[str],
        build: Callable[[Transaction, Sequence[str]], Sequence[SourceRecord]],
        run: str,
    ) -> None:
        """Write records that follow from what the graph says of products, which are locked first.

        So of two writers the later one sees what the earlier one has read.

        Args:
            products: keys of products; unknown ones are ignored.
            build: function that returns the records of the existing ones; a record without
                triples is withdrawn.
            run: run that keeps the records for its roll-back.
        """
        self._runs.beat(run)

        def work(tx: Transaction, shared: SharedNodes) -> WriteResult:
            locked = [row["key"] for row in tx.run("lock_products", keys=sorted(products))]
            records = sorted(build(tx, locked), key=lambda record: record.key)
            snapshots = [take_snapshot(record, run) for record in records if record.triples]
            empty = [record.key for record in records if not record.triples]
            written = withdrawn = WriteResult(0)
            if snapshots:
                written = assertions.write_snapshots(tx, snapshots, run, shared)
            if empty:
                withdrawn = assertions.withdraw_sources(tx, empty, run)
            return WriteResult(
                written.records + withdrawn.records,
                written.touched | withdrawn.touched,
                removed=written.removed or withdrawn.removed,
                related=written.related | withdrawn.related,
                renamed=written.renamed or withdrawn.renamed,
            )

        changed = self.commit(work).records
        self._count(run, changed, changed, changed)

    def withdraw_interactions(self, keys: Sequence[str], run: str) -> int:
        """Withdraw reviews, events, documents or orders, and remove users left without any.

        Args:
            keys: keys of such records; unknown ones are ignored.
            run: run that keeps them for its roll-back.

        Returns:
            The number of keys found.
        """
        found = 0
        for page in _pages(keys):
            self._runs.beat(run)
            found += self.discard(page, run)
        self._runs.count(run, withdrawn=found)
        return found

    def discard(self, keys: Sequence[str], run: str | None) -> int:
        """Withdraw reviews, events, documents and orders; without a run nothing is kept."""
        whole = [key for key in keys if composites.is_composite(key)]
        single = [key for key in keys if not composites.is_composite(key)]
        withdrawn = 0
        if single:
            work = interactions.withdraw_interactions
            withdrawn += self.commit(lambda tx, _: work(tx, single, run)).records
        if whole:
            work = composites.withdraw_composites
            withdrawn += self.commit(lambda tx, _: work(tx, whole, run)).records
        return withdrawn

    def restore(self, snapshots: Sequence[Snapshot], changes: Sequence[str]) -> None:
        """Restore records to these snapshots and drop the changes that kept the snapshots."""
        feed = [i for i in snapshots if isinstance(i, RecordSnapshot)]
        events = [i for i in snapshots if isinstance(i, InteractionSnapshot)]
        wholes = [i for i in snapshots if isinstance(i, CompositeSnapshot)]

        def work(tx: Transaction, shared: SharedNodes) -> WriteResult:
            done = []
            if feed:
                done.append(assertions.restore_snapshots(tx, feed, shared))
            if events:
                done.append(interactions.restore_interactions(tx, events, shared))
            if wholes:
                done.append(composites.restore_composites(tx, wholes, shared))
            tx.run("remove_changes", keys=list(changes))
            return WriteResult(
                len(snapshots),
                frozenset().union(*(each.touched for each in done)),
                removed=True,
                related=frozenset().union(*(each.related for each in done)),
                renamed=any(each.renamed for each in done),
            )

        self.commit(work)

    def take_back(self, keys: Sequence[str]) -> int:
        """Withdraw records of any kind without keeping them, for a roll-back of their creation."""
        feed = [key for key in keys if label_of(key) == "Source"]
        own = [key for key in keys if label_of(key) != "Source"]
        taken = self.discard(own, None) if own else 0
        return taken + (self._withdraw(feed, None) if feed else 0)

    def commit(self, work: Callable[[Transaction, SharedNodes], WriteResult]) -> WriteResult:
        """Run `work` in a transaction and announce the products that it changed.

        The nodes that it merged are cached only after the commit. All work of a writer compares
        what it writes with what is there, so that it is repeated if a connection breaks during
        the commit: an attempt that then finds nothing to do shows that the one before did it.
        """
        attempts, before = 0, WriteResult(0)

        def attempt(tx: Transaction) -> WriteResult:
            nonlocal attempts, before
            attempts += 1
            if attempts > 1:  # the cached nodes may have been removed meanwhile
                self._shared.forget()
            self._shared.begin()
            done = work(tx, self._shared)
            reached = None if done.renamed else done.touched | done.related
            withdraw_stale_contents(tx, reached)
            announce_changes(tx, reached, done.touched, renamed=done.renamed)
            if not (tx.repeated and done.records == 0):
                before = done
            return before

        outcome = self.connection.write(attempt, repeatable=True)
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
    """Yield the keys of the records that may be derived from a catalogue record."""
    head, slash, id_ = key.partition("/")
    feed, colon, kind = head.rpartition(":")
    if slash and colon and kind == "catalog":
        yield from (f"{feed}:{derived}/{id_}" for derived in DERIVED_KINDS)


def _record_key(record: Record) -> str:
    return record.key if isinstance(record, SourceRecord) else record.node.key


def _content_hash(record: Record) -> Any:
    if isinstance(record, SourceRecord):
        return record.content_hash
    return record.node.properties["content_hash"]
