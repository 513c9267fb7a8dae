"""Remove events of shoppers, and what else holds them, once they are past an age limit."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from catalograph.store.connection.connect import Connection, Transaction
from catalograph.store.ledger.record_snapshot import InteractionSnapshot, load
from catalograph.store.ledger.write import Writer
from catalograph.store.models.edge_artefact import prune_artefacts
from catalograph.store.models.retraining import mark_stale

RETENTION = "retention"
"""Kind of the run, one a day, that reports what was removed by age."""
_KEYS_PER_SCAN = 50_000
_RECORDS_PER_BATCH = 500
_LISTS_PER_BATCH = 10_000
_CHANGES_PER_PAGE = 1_000


@dataclass(frozen=True)
class RetentionReport:
    """What an age limit removed.

    Attributes:
        events: number of events.
        copies: number of earlier states of events, kept for a roll-back.
        served: number of served lists.
        stale: kinds whose live version was trained before the limit and must be trained again.
    """

    events: int
    copies: int
    served: int
    stale: tuple[str, ...]


def remove_old_events(
    writer: Writer, keep: timedelta, models: Path, is_stopped: Callable[[], bool] = lambda: False
) -> RetentionReport:
    """Remove events and served lists that are older than this, in bounded transactions.

    An event without a time is as old as the run that wrote it. A shopper of whom nothing else is
    known goes, too. Model versions that learned from shoppers before the limit are cleared; a live
    one is marked stale and serves until it is trained again. A run of the day reports the numbers;
    it can be repeated after an interruption.

    Args:
        writer: writer of the graph.
        keep: age up to which events are kept.
        models: folder of the models' artefacts.
        is_stopped: asked before each batch whether to leave the rest for another time.
    """
    before = datetime.now(UTC) - keep
    connection, events, copies, served = writer.connection, 0, 0, 0
    for keys in _old_events(connection, before):
        if is_stopped():
            break
        events += writer.discard(keys, None)
    for changes in _old_copies(connection, before):
        if is_stopped():
            break
        connection.write(partial(_remove_changes, changes))
        copies += len(changes)
    while not is_stopped() and (lists := _remove_lists(connection, before)):
        served += lists
    stale = tuple(mark_stale(connection, before=before))
    prune_artefacts(connection, models)
    report = RetentionReport(events, copies, served, stale)
    counts = {name: n for name, n in asdict(report).items() if name != "stale"}
    if any(counts.values()):
        writer.report_to_run(writer.share_run(RETENTION), **counts)
    return report


def _old_events(connection: Connection, before: datetime) -> Iterator[list[str]]:
    """Yield batches of keys of old events, each of which is removed before the next is taken."""
    while True:
        # Read to its end before anything is removed: the scan holds no transaction open.
        keys = [
            row["key"]
            for row in connection.read("list_old_events", before=before, limit=_KEYS_PER_SCAN)
        ]
        for start in range(0, len(keys), _RECORDS_PER_BATCH):
            yield keys[start : start + _RECORDS_PER_BATCH]
        if len(keys) < _KEYS_PER_SCAN:
            return


def _old_copies(connection: Connection, before: datetime) -> Iterator[list[str]]:
    """Yield keys of the changes that keep events which are older now, page by page."""
    after = ""
    while True:
        page = list(connection.read("read_event_changes", after=after, limit=_CHANGES_PER_PAGE))
        yield sorted(
            change["key"]
            for row in page
            for change in row["changes"]
            if _is_old(change["before"], change["started"], before)
        )
        if len(page) < _CHANGES_PER_PAGE:
            return
        after = page[-1]["record"]


def _remove_changes(keys: list[str], tx: Transaction) -> None:
    tx.run("remove_changes", keys=keys)


def _is_old(copy: str, started: datetime | None, before: datetime) -> bool:
    snapshot = load(copy)
    assert isinstance(snapshot, InteractionSnapshot)  # noqa: S101 - by the key of its record
    time: datetime | None = snapshot.record.node.properties.get("time", started)
    return time is not None and time < before


def _remove_lists(connection: Connection, before: datetime) -> int:
    """Remove a batch of old served lists; return their number."""
    [row] = connection.write(
        lambda tx: tx.run("prune_served", before=before, limit=_LISTS_PER_BATCH)
    )
    removed: int = row["removed"]
    return removed
